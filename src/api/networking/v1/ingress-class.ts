import { ref, string } from '../../../schema/field.ts'
import { message, resource } from './group.ts'

export class IngressClassParametersReference extends message(
  'Points at an object with more settings for the controller.',
  {
    apiGroup: string(1, 'API group of the object. Core when unset.').pointer(),
    kind: string(2, 'Kind of the object that holds the parameters.').required(),
    name: string(3, 'Name of the object that holds the parameters.').required(),
    scope: string(4, 'Whether the object is Cluster or Namespace scoped. Defaults to Cluster.')
      .pointer()
      .default('Cluster'),
    namespace: string(
      5,
      'Namespace of the object. Required with scope Namespace and forbidden with Cluster.',
    ).pointer(),
  },
) {}

export class IngressClassSpec extends message('What an IngressClass stands for.', {
  controller: string(
    1,
    'Domain-prefixed name of the controller, such as example.com/ingress. Cannot be changed.',
  ),
  parameters: ref(
    IngressClassParametersReference,
    2,
    'An object with more settings for the controller. Optional.',
  ),
}) {}

export class IngressClass extends resource(
  'Names an Ingress controller that Ingresses can choose.',
  { plural: 'ingressclasses', namespaced: false },
  {
    spec: ref(
      IngressClassSpec,
      2,
      'The controller that serves the Ingresses of this class, and its parameters.',
    ).written(),
  },
) {}
