import { loadavg } from 'node:os'
import { Pod } from '../src/api/core/v1/pod.ts'
import { strategyFor } from '../src/api/strategies.ts'
import { messageSchema } from '../src/apimachinery/body-schema.ts'
import { decodeBody } from '../src/apimachinery/codec.ts'
import { encodeCbor } from '../src/schema/cbor.ts'
import { encodeJson } from '../src/schema/json.ts'
import { encodeProtobuf } from '../src/schema/protobuf.ts'
import { withAllDefaults } from '../src/apiserver/registry/decode-object.ts'
import { samplePod } from './pod-sample.ts'
import type { Figure, Row } from './row.ts'

/** What it costs to read, complete, check and write an object, in processor time. */
export const ENCODING_ROWS: readonly Row[] = [
  {
    name: 'encoding',
    what: 'decode, default, validate and encode a Pod of 4 KB, warm, in processor time',
    measure: async () => measureEncodings(),
  },
]

const SCHEMA = messageSchema(Pod, { group: '', version: 'v1', kind: 'Pod' })
const STRATEGY = strategyFor(Pod)
const WARM_UP = 20_000
const ROUNDS = 10_000

const TYPES = {
  JSON: 'application/json',
  protobuf: 'application/vnd.kubernetes.protobuf',
  CBOR: 'application/cbor',
}

function measureEncodings(): readonly Figure[] {
  const json = encodeJson(samplePod())
  const pod = complete(new TextEncoder().encode(json), TYPES.JSON)
  const message = pod as never
  const bytes = new TextEncoder().encode(json)
  const [protobuf, cbor] = [encodeProtobuf(Pod, message), encodeCbor(pod, Pod)]
  const note = `load ${loadavg()[0]!.toFixed(1)}, ${bytes.length} bytes of JSON`
  const figure = (name: string, work: () => unknown, goal?: string): Figure => ({
    name,
    value: microseconds(work),
    unit: 'µs',
    note,
    ...(goal !== undefined && { goal }),
  })
  return [
    figure('JSON', () => encodeJson(whole(bytes, TYPES.JSON)), '70'),
    figure('JSON.parse and JSON.stringify alone', () =>
      JSON.stringify(JSON.parse(new TextDecoder().decode(bytes))),
    ),
    figure('protobuf', () => encodeProtobuf(Pod, whole(protobuf, TYPES.protobuf) as never)),
    figure('CBOR', () => encodeCbor(whole(cbor, TYPES.CBOR), Pod)),
  ]
}

/** The Pod as the server has it when it is ready to be stored. */
function whole(bytes: Uint8Array, contentType: string): object {
  const pod = complete(bytes, contentType)
  if (STRATEGY.validateCreate(pod).length > 0) throw new Error('The Pod is not valid')
  return pod
}

function complete(bytes: Uint8Array, contentType: string): Pod {
  const { object } = decodeBody(SCHEMA, { bytes, contentType, acceptsCbor: true }, 'Warn')
  return withAllDefaults(Pod as never, STRATEGY as never, object as never) as unknown as Pod
}

/** Others want the processor too, so its time is measured, not the clock's. */
function microseconds(work: () => unknown): number {
  for (let i = 0; i < WARM_UP; i++) work()
  const before = process.cpuUsage()
  for (let i = 0; i < ROUNDS; i++) work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / ROUNDS
}
