/** A flag of a command, with which a cluster or a node is set up. */
export interface FlagDefinition {
  readonly name: string
  readonly argument: string
  readonly help: string
  readonly default?: string
  readonly choices?: readonly string[]
}
