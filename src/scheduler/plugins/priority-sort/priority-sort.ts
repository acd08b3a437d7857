import type { Plugin } from '../../framework/plugin.ts'

/** Higher priority first; among equals, who has waited longer. */
export const prioritySort: Plugin = {
  name: 'PrioritySort',
  compare: (a, b) => b.info.priority - a.info.priority || a.sinceMs - b.sinceMs,
}
