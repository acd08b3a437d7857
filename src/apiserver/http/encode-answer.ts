import { encodeJson } from '../../schema/json.ts'
import { encodeYaml } from '../../apimachinery/yaml.ts'
import type { Answer } from '../pipeline/call.ts'
import { listHead, valueOf } from '../pipeline/values.ts'
import type { ResponseBody } from '../../serving/exchange.ts'
import type { ObjectList } from '../registry/object-list.ts'
import { inVersion, type ServedKind } from '../registry/served-kind.ts'
import { utf8 } from '../base/bytes.ts'
import type { Output } from './negotiate.ts'
import { metadataOf, metaVersion, tableOf, type TableRequest } from './tables.ts'

export interface Encoded {
  readonly code: number
  readonly body: ResponseBody
}

/** Asked before each step of long work: when to wait, and for what. */
type Turn = () => Promise<void> | undefined

type WholeAnswer = Exclude<Answer, { type: 'watch' }>

/** The body of an answer, in the form that the client wants. */
export async function encodeAnswer(
  answer: WholeAnswer,
  request: TableRequest,
  turn: Turn,
): Promise<Encoded> {
  const { output } = request
  const code = codeOf(answer)
  // What is kept with the object goes out as it is: by far the most of all answers.
  if (output.encoding === 'json' && output.as === 'object' && !output.pretty) {
    if (answer.type === 'object') return { code, body: inVersion(answer.kind, answer.object).json }
    if (answer.type === 'list')
      return { code, body: await listJson(answer.kind, answer.list, turn) }
  }
  return { code, body: encodeValue(transformed(answer, request), output) }
}

function codeOf(answer: WholeAnswer): number {
  if (answer.type === 'list') return 200
  return answer.type === 'status' ? answer.status.code : answer.code
}

const COMMA = utf8(',')
const LIST_END = utf8(']}')

// The pieces are those that are kept with the objects, so a long list costs hardly any memory of its own.
async function listJson(
  kind: ServedKind,
  list: ObjectList,
  turn: Turn,
): Promise<readonly Uint8Array[]> {
  const head = encodeJson(listHead(kind.type, list))
  const pieces = [utf8(`${head.slice(0, -1)},"items":[`)]
  for (const [i, item] of list.items.entries()) {
    const wait = turn()
    if (wait) await wait
    if (i > 0) pieces.push(COMMA)
    pieces.push(inVersion(kind, item).json)
  }
  pieces.push(LIST_END)
  return pieces
}

/** Any value in the encoding of the answer. */
function encodeValue(value: unknown, { encoding, pretty }: Output): Uint8Array {
  if (encoding === 'yaml') return utf8(encodeYaml(value))
  return utf8(pretty ? prettyJson(value) : encodeJson(value))
}

function prettyJson(value: unknown): string {
  const exact = (_: string, each: unknown): unknown =>
    typeof each === 'bigint' ? rawJSON(String(each)) : each
  return `${JSON.stringify(value, exact, 2)}\n`
}

// Not yet known to TypeScript: https://tc39.es/proposal-json-parse-with-source/
const { rawJSON } = JSON as unknown as { readonly rawJSON: (text: string) => unknown }

function transformed(answer: WholeAnswer, request: TableRequest): unknown {
  const { output } = request
  if (answer.type !== 'object' && answer.type !== 'list') return valueOf(answer)
  if (output.as === 'object') return valueOf(answer)
  const { kind } = answer
  if (answer.type === 'object') {
    const { object } = inVersion(kind, answer.object)
    if (output.as === 'metadata') return metadataOf(object, output)
    const { resourceVersion } = object.metadata
    return tableOf(kind, [answer.object], { resourceVersion }, request)
  }
  const { metadata } = listHead(kind.type, answer.list) as { readonly metadata: object }
  if (output.as === 'table') return tableOf(kind, answer.list.items, metadata, request)
  return {
    kind: 'PartialObjectMetadataList',
    apiVersion: metaVersion(output),
    metadata,
    items: answer.list.items.map((item) => metadataOf(inVersion(kind, item).object, output)),
  }
}
