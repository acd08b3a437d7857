import { ref } from '../../../schema/field.ts'
import { PodTemplateSpec } from './common.ts'
import { resource } from './group.ts'

export class PodTemplate extends resource(
  'A stored template for making Pods.',
  { plural: 'podtemplates', namespaced: true },
  {
    template: ref(PodTemplateSpec, 2, 'Metadata and spec of the Pods to make.').written(),
  },
) {}
