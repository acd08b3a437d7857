/** The kinds of this group and version. */
export { Event } from './event.ts'
