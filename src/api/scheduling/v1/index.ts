/** The kinds of this group and version. */
export { PriorityClass } from './priority-class.ts'
