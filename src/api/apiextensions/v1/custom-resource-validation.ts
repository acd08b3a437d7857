import { ref } from '../../../schema/field.ts'
import { JSONSchemaProps } from './common.ts'
import { message } from './group.ts'

export class CustomResourceValidation extends message('The schema of a custom resource version.', {
  openAPIV3Schema: ref(
    JSONSchemaProps,
    1,
    'Structural OpenAPI v3 schema used for validation and pruning.',
  ),
}) {}
