/** What the sample server serves, and how it tells of it. */
export const GROUP = 'wardle.example.com'
export const VERSION = 'v1alpha1'
export const PATH = `/apis/${GROUP}/${VERSION}`

const VERBS = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch']

export function groupList(): object {
  const responseKind = { group: GROUP, version: VERSION, kind: 'Flunder' }
  const resource = {
    resource: 'flunders',
    responseKind,
    scope: 'Namespaced',
    singularResource: 'flunder',
    verbs: VERBS,
  }
  return {
    kind: 'APIGroupDiscoveryList',
    apiVersion: 'apidiscovery.k8s.io/v2',
    metadata: {},
    items: [
      {
        metadata: { name: GROUP },
        versions: [{ version: VERSION, resources: [resource], freshness: 'Current' }],
      },
    ],
  }
}

export function resourceList(): object {
  return {
    kind: 'APIResourceList',
    apiVersion: 'v1',
    groupVersion: `${GROUP}/${VERSION}`,
    resources: [
      {
        name: 'flunders',
        singularName: 'flunder',
        namespaced: true,
        kind: 'Flunder',
        verbs: VERBS,
      },
    ],
  }
}

const SCHEMA = {
  type: 'object',
  description: 'Flunder is an example type.',
  properties: {
    apiVersion: { type: 'string' },
    kind: { type: 'string' },
    metadata: { type: 'object' },
    spec: { type: 'object' },
  },
  'x-kubernetes-group-version-kind': [{ group: GROUP, version: VERSION, kind: 'Flunder' }],
}

const NAME = 'com.example.wardle.v1alpha1.Flunder'

export function openApi2(): object {
  const schema = { $ref: `#/definitions/${NAME}` }
  const responses = { 200: { description: 'OK', schema } }
  return {
    swagger: '2.0',
    info: { title: 'wardle', version: '1' },
    paths: {
      [`${PATH}/namespaces/{namespace}/flunders/{name}`]: {
        get: { operationId: 'readFlunder', responses },
      },
      '/version/': { get: { operationId: 'getVersion', responses } },
    },
    definitions: {
      [NAME]: SCHEMA,
      // The same name as in the cluster's own document, and something else.
      'io.k8s.apimachinery.pkg.apis.meta.v1.Time': { type: 'integer' },
    },
  }
}

export function openApi3(): object {
  return {
    openapi: '3.0.0',
    info: { title: 'wardle', version: '1' },
    paths: {},
    components: { schemas: { [NAME]: SCHEMA } },
  }
}
