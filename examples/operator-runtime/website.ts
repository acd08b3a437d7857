import { customClass, type AnyObject } from 'trierarch/controller'

/** A custom resource: a site that is to be served by some number of Pods. Its definition is in website.yaml. */
export interface Website extends AnyObject {
  readonly spec: { readonly image: string; readonly replicas: number }
  readonly status?: { readonly available: number; readonly observedGeneration: number }
}

export const Website = customClass<Website>({
  group: 'example.com',
  version: 'v1',
  kind: 'Website',
  plural: 'websites',
  namespaced: true,
})
