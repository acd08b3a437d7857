import { readFileSync } from 'node:fs'
import { ParseError } from '../../apimachinery/parse-error.ts'
import type { CompiledStage } from '../../simulation/stages/compile-stage.ts'
import { readStages } from '../../simulation/stages/read-stages.ts'
import { reason } from '../data-directory.node.ts'
import type { ClusterFlags } from '../flags/flags.node.ts'
import { UserError } from '../user-error.ts'

/** The stages that `--stages` names; none without it. Throws `UserError`. */
export function stagesOf({ stages: file }: Pick<ClusterFlags, 'stages'>): readonly CompiledStage[] {
  if (file === undefined) return []
  try {
    return readStages(readFileSync(file, 'utf8'))
  } catch (cause) {
    const why = cause instanceof ParseError ? cause.message : reason(cause)
    throw new UserError(`Cannot read --stages ${file}: ${why}.`, { exitCode: 2, cause })
  }
}
