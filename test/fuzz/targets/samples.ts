/** Objects that are read well, with as many kinds of fields as fit. */
export const POD = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name: 'a',
    namespace: 'default',
    labels: { app: 'a' },
    annotations: { note: 'é\u{1f600}' },
    creationTimestamp: '2026-01-01T00:00:00Z',
    finalizers: ['x.io/a'],
    ownerReferences: [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'b', uid: 'u' }],
  },
  spec: {
    containers: [
      {
        name: 'c',
        image: 'i:1',
        args: ['-v', '3'],
        env: [
          { name: 'A', value: '1' },
          { name: 'B', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
        ],
        ports: [{ containerPort: 80, protocol: 'TCP' }],
        resources: { requests: { cpu: '100m', memory: '1Gi' }, limits: { cpu: '1.5' } },
        livenessProbe: { httpGet: { path: '/', port: 'http' }, periodSeconds: 5 },
        securityContext: { runAsUser: 1000, privileged: false },
      },
    ],
    nodeSelector: { a: 'b' },
    tolerations: [{ key: 'k', operator: 'Exists', tolerationSeconds: 300 }],
    volumes: [
      { name: 'v', emptyDir: { sizeLimit: '1Mi' } },
      { name: 's', secret: { secretName: 's', defaultMode: 256 } },
    ],
  },
}

export const SECRET = {
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'a' },
  data: { key: 'AAECAw==' },
  immutable: true,
}

export const DEFINITION = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'as.x.io' },
  spec: {
    group: 'x.io',
    names: { kind: 'A', plural: 'as' },
    scope: 'Namespaced',
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: {
              a: { type: 'array', items: { type: 'number', maximum: 1.5, enum: [1, null, 'x'] } },
              b: { type: 'object', additionalProperties: { type: 'string', default: { c: [1] } } },
            },
            'x-kubernetes-validations': [{ rule: 'self.a.size() > 0', message: 'm' }],
          },
        },
      },
    ],
  },
}
