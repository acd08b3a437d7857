import type { FieldInfo, ScalarType } from './field.ts'
import type { MessageClass } from './message.ts'

/** What a field holds that is written although nothing was given: Go's zero value, as JSON. */
export function zeroOf(info: FieldInfo): unknown {
  if (info.shape === 'list') return []
  if (info.shape === 'map') return {}
  if (info.type === 'message') return zeroMessage(info.of!())
  if (info.type === 'stringList') return []
  const zero = ZEROS[info.type]
  return zero === undefined ? '' : zero
}

function zeroMessage(message: MessageClass): Record<string, unknown> {
  const value: Record<string, unknown> = {}
  for (const [name, { info }] of Object.entries(message.fields)) {
    if (info.zero === 'written') value[name] = zeroOf(info)
  }
  return value
}

const ZEROS: Partial<Record<ScalarType, unknown>> = {
  bool: false,
  int32: 0,
  int64: 0,
  uint32: 0,
  uint64: 0,
  float: 0,
  double: 0,
  byte: 0,
  intOrString: 0,
  quantity: '0',
  duration: '0s',
  json: null,
  rawExtension: null,
  time: null,
  microTime: null,
}
