/** The kinds of this group and version. */
export { RuntimeClass } from './runtime-class.ts'
