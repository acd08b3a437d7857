import { encodeYaml } from '../../../apimachinery/yaml.ts'
import { utf8 } from '../../base/bytes.ts'
import { valueOf } from '../../pipeline/values.ts'
import { inVersion } from '../../registry/served-kind.ts'
import type { Encoding } from '../negotiate.ts'
import { cborEncoding } from './cbor.ts'
import type { AnswerEncoding, WatchEncoding } from './encoding.ts'
import { jsonEncoding, prettyJson } from './json.ts'
import { protobufEncoding } from './protobuf.ts'

/** An encoding that writes whole values as text. */
function textEncoding(write: (value: unknown) => string): AnswerEncoding {
  return {
    object: (kind, stored) => utf8(write(inVersion(kind, stored).object)),
    list: async (kind, list) => utf8(write(valueOf({ type: 'list', kind, list }))),
    value: (value) => utf8(write(value)),
  }
}

const yamlEncoding = textEncoding(encodeYaml)
const prettyEncoding = textEncoding(prettyJson)

/** Those in which a watch can be sent. */
const WATCH_ENCODINGS: Readonly<Record<Exclude<Encoding, 'yaml'>, WatchEncoding>> = {
  json: jsonEncoding,
  protobuf: protobufEncoding,
  cbor: cborEncoding,
}

/** How a whole answer is written. */
export function answerEncoding(encoding: Encoding, pretty: boolean): AnswerEncoding {
  if (encoding === 'yaml') return yamlEncoding
  return pretty && encoding === 'json' ? prettyEncoding : WATCH_ENCODINGS[encoding]
}

/** How a watch is written. YAML has been refused by then. */
export function watchEncoding(encoding: Encoding): WatchEncoding {
  return WATCH_ENCODINGS[encoding === 'yaml' ? 'json' : encoding]
}
