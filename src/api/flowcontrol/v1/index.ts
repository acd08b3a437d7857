/** The kinds of this group and version. */
export { FlowSchema } from './flow-schema.ts'
export { PriorityLevelConfiguration } from './priority-level-configuration.ts'
