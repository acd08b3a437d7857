import { ref } from '../../../schema/field.ts'
import { PodStatus } from './common.ts'
import { PodSpec } from './pod-spec.ts'
import { resource } from './group.ts'

export class Pod extends resource(
  'A group of containers that run together on one node.',
  {
    plural: 'pods',
    shortNames: ['po'],
    categories: ['all'],
    namespaced: true,
    subresources: [
      {
        name: 'attach',
        group: '',
        version: 'v1',
        kind: 'PodAttachOptions',
        verbs: ['create', 'get'],
      },
      { name: 'binding', group: '', version: 'v1', kind: 'Binding', verbs: ['create'] },
      'ephemeralcontainers',
      { name: 'eviction', group: 'policy', version: 'v1', kind: 'Eviction', verbs: ['create'] },
      { name: 'exec', group: '', version: 'v1', kind: 'PodExecOptions', verbs: ['create', 'get'] },
      { name: 'log', group: '', version: 'v1', verbs: ['get'] },
      {
        name: 'portforward',
        group: '',
        version: 'v1',
        kind: 'PodPortForwardOptions',
        verbs: ['create', 'get'],
      },
      {
        name: 'proxy',
        group: '',
        version: 'v1',
        kind: 'PodProxyOptions',
        verbs: ['create', 'delete', 'get', 'patch', 'update'],
      },
      'resize',
      'status',
    ],
  },
  {
    spec: ref(
      PodSpec,
      2,
      'The containers to run, their volumes, and how the Pod is placed and stopped.',
    ).written(),
    status: ref(
      PodStatus,
      3,
      'How far the Pod has come, and what its containers do. May lag behind.',
    ).written(),
  },
) {}
