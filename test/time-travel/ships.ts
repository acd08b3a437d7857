import { dynamicClass } from '../../src/client/dynamic-class.ts'

/** Defines custom resources that hold what they are given. */
export const SHIPS = `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: ships.example.com }
spec:
  group: example.com
  scope: Namespaced
  names: { plural: ships, singular: ship, kind: Ship }
  versions:
    - { name: v1, served: true, storage: true, schema: { openAPIV3Schema: { type: object, x-kubernetes-preserve-unknown-fields: true } } }
`

export const SHIP = dynamicClass({
  group: 'example.com',
  version: 'v1',
  kind: 'Ship',
  plural: 'ships',
  namespaced: true,
})
