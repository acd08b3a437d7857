import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CustomResourceDefinition } from '../api/apiextensions/v1/custom-resource-definition.ts'
import { Deployment, DeploymentSpec } from '../api/apps/v1/deployment.ts'
import { ContainerPort } from '../api/core/v1/container.ts'
import { Pod } from '../api/core/v1/pod.ts'
import { LabelSelector } from '../api/meta/v1/selector.ts'
import { definitionsOf, referencedMessages, schemaOf, type OpenApiSchema } from './openapi.ts'

function properties(schema: OpenApiSchema): Readonly<Record<string, OpenApiSchema>> {
  return schema['properties'] as Readonly<Record<string, OpenApiSchema>>
}

test('schemaOf() tells the kind', () => {
  const schema = schemaOf(Deployment, 3)
  assert.deepEqual(schema['x-kubernetes-group-version-kind'], [
    { group: 'apps', kind: 'Deployment', version: 'v1' },
  ])
  assert.deepEqual(properties(schema)['metadata'], {
    description:
      'Standard object metadata: name, namespace, labels, annotations, and what the API server keeps of the object.',
    default: {},
    allOf: [{ $ref: '#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta' }],
  })
})

test('schemaOf() writes types and formats, defaults in version 3 alone', () => {
  const port = { type: 'integer', format: 'int32' }
  const three = schemaOf(ContainerPort, 3)
  assert.deepEqual(three['required'], ['containerPort'])
  const { description: _, ...containerPort } = properties(three)['containerPort']!
  assert.deepEqual(containerPort, { ...port, default: 0 })
  const { description: __, ...protocol } = properties(three)['protocol']!
  assert.deepEqual(protocol, { type: 'string', default: 'TCP', enum: ['SCTP', 'TCP', 'UDP'] })
  const { description: ___, ...two } = properties(schemaOf(ContainerPort, 2))['containerPort']!
  assert.deepEqual(two, port)
})

test('schemaOf() tells how lists and maps are merged', () => {
  const spec = properties(schemaOf(DeploymentSpec, 3))
  assert.equal(spec['strategy']!['x-kubernetes-patch-strategy'], 'retainKeys')
  assert.equal(schemaOf(LabelSelector, 3)['x-kubernetes-map-type'], 'atomic')
  const pod = definitionsOf([Pod], 2)['io.k8s.api.core.v1.PodSpec']!
  const { description: _, ...containers } = properties(pod)['containers']!
  assert.deepEqual(containers, {
    type: 'array',
    items: { $ref: '#/definitions/io.k8s.api.core.v1.Container' },
    'x-kubernetes-list-map-keys': ['name'],
    'x-kubernetes-list-type': 'map',
    'x-kubernetes-patch-merge-key': 'name',
    'x-kubernetes-patch-strategy': 'merge',
  })
})

test('definitionsOf() has all that it refers to, recursive types and named scalars too', () => {
  for (const version of [2, 3] as const) {
    const definitions = definitionsOf([Deployment, CustomResourceDefinition], version)
    const text = JSON.stringify(definitions)
    const refs = new Set(text.matchAll(/"#\/[a-z/]+\/([^"]+)"/g).map(([, name]) => name!))
    assert.ok(refs.size > 100)
    assert.deepEqual(
      [...refs].filter((name) => !Object.hasOwn(definitions, name)),
      [],
    )
    assert.ok(!text.includes('undefined'))
  }
  const three = definitionsOf([Deployment], 3)
  assert.deepEqual(three['io.k8s.apimachinery.pkg.util.intstr.IntOrString']!['oneOf'], [
    { type: 'integer' },
    { type: 'string' },
  ])
})

test('referencedMessages() gives each message once', () => {
  const names = referencedMessages(DeploymentSpec).map((each) => each.name)
  assert.deepEqual(names, ['LabelSelector', 'PodTemplateSpec', 'DeploymentStrategy'])
})
