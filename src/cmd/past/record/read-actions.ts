import { ParseError } from '../../../apimachinery/parse-error.ts'
import { parseYamlDocuments } from '../../../apimachinery/yaml.ts'
import type { AnyObject } from '../../../client/dynamic-class.ts'
import { apiVersionOf, type ResourceClass } from '../../../schema/resource.ts'
import { ACTION_VERSION, type Action } from './action.ts'

/**
 * The actions of a recording: JSON lines, or YAML documents as kwok writes them, with objects first. Times that are told
 * by how long they were after the start of the recording are so long after `startMs`. Throws `ParseError`.
 */
export function readActions(
  text: string,
  types: readonly ResourceClass<AnyObject>[],
  startMs: number,
): readonly Action[] {
  return documents(withTimes(text, startMs))
    .filter((value) => value !== null)
    .map((value) => readAction(value as Partial<Action> & AnyObject, types))
    .toSorted((a, b) => a.durationNanosecond - b.durationNanosecond)
}

const NS_PER_MS = 1_000_000n

/** kwok's `$(time-offset-nanosecond N)` as times, to the microsecond. */
function withTimes(text: string, startMs: number): string {
  return text.replaceAll(/\$\(time-offset-nanosecond (-?\d+)\)/g, (_, offset: string) => {
    const ns = BigInt(startMs) * NS_PER_MS + BigInt(offset)
    const micros = String((ns / 1000n) % 1_000_000n).padStart(6, '0')
    return `${new Date(Number(ns / NS_PER_MS)).toISOString().slice(0, 19)}.${micros}Z`
  })
}

function documents(text: string): readonly unknown[] {
  if (!text.startsWith('{')) return parseYamlDocuments(text).map(({ value }) => value)
  return text.split('\n').flatMap((line, i) => (line.trim() === '' ? [] : [parseLine(line, i + 1)]))
}

function parseLine(line: string, number: number): unknown {
  try {
    return JSON.parse(line)
  } catch (cause) {
    throw new ParseError(`line ${number}: ${(cause as Error).message}`)
  }
}

function readAction(
  value: Partial<Action> & AnyObject,
  types: readonly ResourceClass<AnyObject>[],
): Action {
  const { apiVersion, kind, metadata } = value as Partial<AnyObject>
  if (apiVersion === ACTION_VERSION && kind === 'ResourcePatch') return value as Action
  if (apiVersion === undefined || kind === undefined || metadata === undefined)
    throw new ParseError('it is no recording: not all that is in it are objects of the API')
  const type = types.find(
    ({ resource }) => apiVersionOf(resource) === apiVersion && resource.kind === kind,
  )
  if (!type) throw new ParseError(`the cluster does not serve ${apiVersion} ${kind}`)
  const { group, version, plural: resource } = type.resource
  return {
    apiVersion: ACTION_VERSION,
    kind: 'ResourcePatch',
    resource: { group, version, resource },
    target: metadata,
    durationNanosecond: 0,
    method: 'create',
    template: value,
  }
}
