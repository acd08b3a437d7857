/** The kinds of this group and version. */
export { CustomResourceDefinition } from './custom-resource-definition.ts'
