import { ref } from '../../../schema/field.ts'
import { ObjectReference } from './reference.ts'
import { resource } from './group.ts'

export class Binding extends resource(
  'Ties a Pod to the node chosen for it; created through the binding subresource of the Pod.',
  { plural: 'bindings', namespaced: true, verbs: ['create'] },
  {
    target: ref(ObjectReference, 2, 'The object to bind to, in practice a Node.').required(),
  },
) {}
