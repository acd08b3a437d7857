import type { MessageClass } from '../../schema/message.ts'
import { PartialObjectMetadata, PartialObjectMetadataList } from '../../api/meta/v1/table.ts'
import { Status } from '../../api/meta/v1/status.ts'
import { Scale } from '../../api/autoscaling/v1/scale.ts'
import type { Answer } from '../pipeline/call.ts'
import { listHead } from '../pipeline/values.ts'
import type { ResponseBody } from '../../serving/exchange.ts'
import type { ApiObject } from '../registry/api-object.ts'
import { inVersion } from '../registry/served-kind.ts'
import type { Turn } from './encodings/encoding.ts'
import { answerEncoding } from './encodings/encodings.ts'
import { checkListForm, checkObjectForm, goTypeOf } from './metadata-form.ts'
import { metadataOf, metaVersion, tableOf, tableOfScale, type TableRequest } from './tables.ts'

export interface Encoded {
  readonly code: number
  readonly body: ResponseBody
}

type WholeAnswer = Exclude<Answer, { type: 'watch' }>
type StoredAnswer = Extract<Answer, { type: 'object' | 'list' }>

/** The body of an answer, in the form that the client wants. */
export async function encodeAnswer(
  answer: WholeAnswer,
  request: TableRequest,
  turn: Turn,
): Promise<Encoded> {
  const { encoding, pretty, as } = request.output
  const code = codeOf(answer)
  const { object, list, value } = answerEncoding(encoding, pretty)
  switch (answer.type) {
    case 'value':
      if (as !== 'object' && answer.message === Scale) {
        return { code, body: value(...scaleIn(as, answer.value as ApiObject, request)) }
      }
      return { code, body: value(answer.value, answer.message) }
    case 'status':
      return { code, body: value(answer.status, Status) }
    case 'object':
    case 'list': {
      if (as === 'table') return { code, body: value(await tableFor(answer, request), undefined) }
      if (as !== 'object') return { code, body: value(...metadataFor(answer, request)) }
      if (answer.type === 'object') return { code, body: object(answer.kind, answer.object) }
      return { code, body: await list(answer.kind, answer.list, turn) }
    }
    default:
      return answer satisfies never
  }
}

function codeOf(answer: WholeAnswer): number {
  return answer.type === 'list' ? 200 : answer.code
}

async function tableFor(answer: StoredAnswer, asked: TableRequest): Promise<object> {
  const { kind, moment } = answer
  const request = moment ? { ...asked, momentMs: await moment() } : asked
  if (answer.type === 'list') {
    const { metadata } = listHead(kind.type, answer.list)
    return tableOf(kind, answer.list.items, metadata, request)
  }
  const { resourceVersion } = inVersion(kind, answer.object).object.metadata
  return tableOf(kind, [answer.object], { resourceVersion }, request)
}

function scaleIn(
  form: 'table' | 'metadata' | 'metadataList',
  scale: ApiObject,
  request: TableRequest,
): readonly [value: object, message: MessageClass | undefined] {
  if (form === 'table') return [tableOfScale(scale, request), undefined]
  checkObjectForm(form, '*autoscaling.Scale')
  return [metadataOf(scale, request.output), PartialObjectMetadata]
}

function metadataFor(
  answer: StoredAnswer,
  { output }: TableRequest,
): readonly [value: object, message: MessageClass] {
  const { kind } = answer
  if (answer.type === 'object') {
    checkObjectForm(output.as, goTypeOf(kind))
    return [metadataOf(inVersion(kind, answer.object).object, output), PartialObjectMetadata]
  }
  checkListForm(output.as, `${goTypeOf(kind)}List`)
  const list = {
    kind: 'PartialObjectMetadataList',
    apiVersion: metaVersion(output),
    metadata: listHead(kind.type, answer.list).metadata,
    items: answer.list.items.map((item) => metadataOf(inVersion(kind, item).object, output)),
  }
  return [list, PartialObjectMetadataList]
}
