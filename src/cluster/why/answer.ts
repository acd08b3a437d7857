/** Why something is as it is, and what lies behind that. */
export interface Reason {
  readonly text: string
  /** The smallest change that would help. */
  readonly help?: string
  readonly because?: readonly Reason[]
}

/** A reason as text for people: one line each, what lies behind it indented, what would help after an arrow. */
export function reasonText({ text, help, because = [] }: Reason, indent = ''): string {
  const inner = `${indent}  `
  const arrow = help === undefined ? '' : `${inner}→ ${help}\n`
  return `${indent}${text}\n${arrow}${because.map((each) => reasonText(each, inner)).join('')}`
}
