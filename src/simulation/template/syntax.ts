/** The parts of a template, as Go's text/template has them. */
export type Node =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'print'; readonly pipeline: Pipeline }
  | ({ readonly type: 'if' | 'with' | 'range'; readonly pipeline: Pipeline } & Branches)
  | { readonly type: 'template'; readonly name: string; readonly pipeline: Pipeline | undefined }
  | { readonly type: 'break' | 'continue' }

export interface Branches {
  readonly body: readonly Node[]
  readonly otherwise: readonly Node[]
}

export interface Pipeline {
  /** Variables that are given the value: for a range two, the index and the element. */
  readonly variables: readonly string[]
  /** They are there already. */
  readonly isAssignment: boolean
  readonly commands: readonly Command[]
}

/** A function with arguments, or one operand alone. */
export type Command = readonly Operand[]

export type Operand =
  | { readonly type: 'literal'; readonly value: string | number | boolean | null }
  | { readonly type: 'function'; readonly name: string }
  /** The current value, a variable, or what is in parentheses; and a path into it. */
  | { readonly type: 'dot'; readonly path: readonly string[] }
  | { readonly type: 'variable'; readonly name: string; readonly path: readonly string[] }
  | { readonly type: 'pipeline'; readonly pipeline: Pipeline; readonly path: readonly string[] }

export interface Template {
  readonly body: readonly Node[]
  /** By name, what `define` defines. */
  readonly defined: ReadonlyMap<string, readonly Node[]>
}
