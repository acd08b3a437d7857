import { bool, listOf } from '../../../schema/field.ts'
import { LocalObjectReference, ObjectReference } from './reference.ts'
import { resource } from './group.ts'

export class ServiceAccount extends resource(
  'An identity for processes in Pods.',
  {
    plural: 'serviceaccounts',
    shortNames: ['sa'],
    namespaced: true,
    subresources: [
      {
        name: 'token',
        group: 'authentication.k8s.io',
        version: 'v1',
        kind: 'TokenRequest',
        verbs: ['create'],
      },
    ],
  },
  {
    secrets: listOf(
      ObjectReference,
      2,
      'Secrets Pods of the account may use. No longer recommended.',
    )
      .mapKeys('name')
      .patch('merge', 'name'),
    imagePullSecrets: listOf(
      LocalObjectReference,
      3,
      'Secrets with registry credentials, added to Pods that set none.',
    ).atomic(),
    automountServiceAccountToken: bool(
      4,
      'Whether Pods mount an API token unless they say otherwise. Defaults to true.',
    ).pointer(),
  },
) {}
