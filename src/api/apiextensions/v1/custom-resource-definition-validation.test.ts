import { DNS1035_RULE, testCreates, testUpdates } from '../../testing.ts'
import { CustomResourceDefinition } from './index.ts'

/** What is wrong with a new object, and all errors in upstream's words. */
testCreates([
  [
    CustomResourceDefinition,
    'nothing wrong',
    {
      metadata: { name: 'foos.example.com' },
      spec: {
        group: 'example.com',
        names: { plural: 'foos', kind: 'Foo' },
        scope: 'Cluster',
        versions: [
          {
            name: 'v1',
            served: true,
            storage: true,
            schema: {
              openAPIV3Schema: {
                type: 'object',
                properties: {
                  spec: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
                },
              },
            },
          },
        ],
      },
    },
    [],
  ],
  [
    CustomResourceDefinition,
    'odd names, no schema, and none stored',
    {
      metadata: { name: 'x' },
      spec: {
        group: 'k8s.io',
        names: { plural: 'Foos', kind: 'Foo' },
        scope: 'X',
        versions: [{ name: 'v1', served: true, storage: false }],
      },
    },
    [
      'metadata.name: Invalid value: "x": must be spec.names.plural+"."+spec.group',
      'spec.scope: Unsupported value: "X": supported values: "Cluster", "Namespaced"',
      'spec.versions[0].schema.openAPIV3Schema: Required value: schemas are required',
      'spec.versions: Invalid value: [{"name":"v1","served":true,"storage":false}]: must have exactly one version marked as storage version',
      `spec.names.plural: Invalid value: "Foos": ${DNS1035_RULE}`,
      'status.storedVersions: Invalid value: []: must have at least one stored version',
      'metadata.annotations[api-approved.kubernetes.io]: Required value: protected groups must have approval annotation "api-approved.kubernetes.io", see https://github.com/kubernetes/enhancements/pull/1111',
    ],
  ],
  [
    CustomResourceDefinition,
    'a schema that is not structural',
    {
      metadata: { name: 'foos.example.com' },
      spec: {
        group: 'example.com',
        names: { plural: 'foos', kind: 'Foo' },
        scope: 'Cluster',
        versions: [
          {
            name: 'v1',
            served: true,
            storage: true,
            schema: {
              openAPIV3Schema: {
                type: 'object',
                properties: {
                  spec: {
                    properties: {
                      a: {
                        type: 'array',
                        uniqueItems: true,
                        items: { anyOf: [{ type: 'string' }] },
                        'x-kubernetes-list-type': 'map',
                      },
                    },
                  },
                  metadata: { type: 'object', properties: { labels: { type: 'object' } } },
                },
              },
            },
          },
        ],
      },
    },
    [
      'spec.validation.openAPIV3Schema.properties[metadata]: Forbidden: must not specify anything other than name and generateName, but metadata is implicitly specified',
      'spec.validation.openAPIV3Schema.properties[spec].properties[a].items.anyOf[0].type: Forbidden: must be empty to be structural',
      'spec.validation.openAPIV3Schema.properties[spec].properties[a].items.type: Required value: must not be empty for specified array items',
      'spec.validation.openAPIV3Schema.properties[spec].type: Required value: must not be empty for specified object fields',
      'spec.validation.openAPIV3Schema.properties[spec].properties[a].uniqueItems: Forbidden: uniqueItems cannot be set to true since the runtime complexity becomes quadratic',
      'spec.validation.openAPIV3Schema.properties[spec].properties[a].x-kubernetes-list-map-keys: Required value: must not be empty if x-kubernetes-list-type is map',
      `spec.validation.openAPIV3Schema.properties[spec].properties[a].items.type: Invalid value: "": must be object if parent array's x-kubernetes-list-type is map`,
    ],
  ],
  [
    CustomResourceDefinition,
    'odd paths',
    {
      metadata: { name: 'foos.example.com' },
      spec: {
        group: 'example.com',
        names: { plural: 'foos', kind: 'Foo' },
        scope: 'Cluster',
        versions: [
          {
            name: 'v1',
            served: true,
            storage: true,
            schema: { openAPIV3Schema: { type: 'object' } },
            subresources: { scale: { specReplicasPath: '.x', statusReplicasPath: '' } },
            additionalPrinterColumns: [{ name: 'a', type: 'x', jsonPath: 'spec' }],
          },
        ],
      },
    },
    [
      'spec.subresources.scale.specReplicasPath: Invalid value: ".x": should be a json path under .spec',
      'spec.subresources.scale.statusReplicasPath: Required value',
      'spec.additionalPrinterColumns[0].type: Invalid value: "x": must be one of boolean,date,integer,number,string',
      'spec.additionalPrinterColumns[0].JSONPath: Invalid value: "spec": must be a simple json path starting with .',
    ],
  ],
])

/** What changes in an object, and all errors in upstream's words. */
testUpdates([
  [
    CustomResourceDefinition,
    'another group',
    {
      metadata: { name: 'foos.example.com' },
      spec: {
        group: 'example.com',
        names: { plural: 'foos', kind: 'Foo' },
        scope: 'Cluster',
        versions: [
          {
            name: 'v1',
            served: true,
            storage: true,
            schema: { openAPIV3Schema: { type: 'object' } },
          },
        ],
      },
    },
    {
      metadata: { name: 'foos.example.com' },
      spec: {
        group: 'example.org',
        names: { plural: 'foos', kind: 'Foo' },
        scope: 'Cluster',
        versions: [
          {
            name: 'v1',
            served: true,
            storage: true,
            schema: { openAPIV3Schema: { type: 'object' } },
          },
        ],
      },
      status: { storedVersions: ['v1'] },
    },
    ['spec.group: Invalid value: "example.com": field is immutable'],
  ],
])
