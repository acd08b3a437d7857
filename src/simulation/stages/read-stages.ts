import { ParseError } from '../../apimachinery/parse-error.ts'
import { parseYamlDocuments } from '../../apimachinery/yaml.ts'
import { compileStage, type CompiledStage } from './compile-stage.ts'
import { STAGE_VERSION, type Stage } from './stage.ts'

/** The stages of a YAML text, as kwok's configurations have them. Throws `ParseError`, with all that is wrong. */
export function readStages(yaml: string): readonly CompiledStage[] {
  const problems: string[] = []
  const stages = parseYamlDocuments(yaml).flatMap(({ value, line }) => {
    if (value === null) return []
    try {
      return [readStage(value)]
    } catch (error) {
      if (!(error instanceof ParseError)) throw error
      problems.push(`line ${line}: ${error.message}`)
      return []
    }
  })
  if (problems.length > 0) throw new ParseError(problems.join('; '))
  return stages
}

/** A Stage as it is sent or stored. Throws `ParseError`. */
export function readStage(value: unknown): CompiledStage {
  const problems = problemsOf(value as DeepPartial<Stage> & { apiVersion?: string; kind?: string })
  if (problems.length > 0) throw new ParseError(problems.join(', '))
  return compileStage(value as Stage)
}

type DeepPartial<T> = T extends object ? { readonly [K in keyof T]?: DeepPartial<T[K]> } : T

const OPERATORS = ['In', 'NotIn', 'Exists', 'DoesNotExist']

function problemsOf(stage: DeepPartial<Stage> & { apiVersion?: string; kind?: string }): string[] {
  const { apiVersion, kind, metadata, spec } = stage
  if (apiVersion !== STAGE_VERSION || kind !== 'Stage')
    return [`${apiVersion} ${kind} is no Stage of ${STAGE_VERSION}`]
  const problems: string[] = []
  if (typeof metadata?.name !== 'string') problems.push('metadata.name: Required value')
  if (typeof spec?.resourceRef?.kind !== 'string')
    problems.push('spec.resourceRef.kind: Required value')
  if (!spec?.next && !spec?.steps) problems.push('spec.next: Required value')
  for (const [i, each] of (spec?.selector?.matchExpressions ?? []).entries()) {
    const path = `spec.selector.matchExpressions[${i}]`
    if (each && 'cel' in each) {
      if (typeof each.cel?.expression !== 'string')
        problems.push(`${path}.cel.expression: Required value`)
      continue
    }
    const { key, operator } = (each && 'jq' in each ? each.jq : each) as {
      key?: unknown
      operator?: string
    }
    if (typeof key !== 'string') problems.push(`${path}.key: Required value`)
    if (!OPERATORS.includes(operator ?? ''))
      problems.push(
        `${path}.operator: Unsupported value: ${JSON.stringify(operator)}: supported values: ${OPERATORS.map((name) => JSON.stringify(name)).join(', ')}`,
      )
  }
  return problems
}
