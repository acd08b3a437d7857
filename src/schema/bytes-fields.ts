import type { FieldInfo } from './field.ts'
import { perMessage } from './memo.ts'
import type { MessageClass } from './message.ts'

type Json = Readonly<Record<string, unknown>>
type Change = (value: unknown) => unknown

/**
 * A copy of the object in which each field of type `bytes` holds its bytes, where JSON has base64. Undefined where the
 * message has no such field at any depth.
 */
export const bytesChanger: (message: MessageClass) => Change | undefined = perMessage((message) =>
  compile(message, new Set()),
)

function compile(message: MessageClass, within: Set<MessageClass>): Change | undefined {
  // No recursive type of the API has bytes of its own (JSONSchemaProps).
  if (within.has(message)) return undefined
  const below = new Set(within).add(message)
  const changes = Object.entries(message.fields).flatMap(([name, { info }]) => {
    const change = info.type === 'message' ? compile(info.of!(), below) : ofScalar(info)
    return change ? [[name, byShape(info, change)] as const] : []
  })
  if (changes.length === 0) return undefined
  return (value) => {
    const object = value as Json
    const copy: Record<string, unknown> = { ...object }
    for (const [name, change] of changes) {
      if (object[name] !== undefined && object[name] !== null) copy[name] = change(object[name])
    }
    return copy
  }
}

function ofScalar({ type }: FieldInfo): Change | undefined {
  if (type !== 'bytes') return undefined
  return (text) => Uint8Array.fromBase64(text as string)
}

function byShape({ shape }: FieldInfo, change: Change): Change {
  if (shape === 'single') return change
  if (shape === 'list') return (value) => (value as readonly unknown[]).map(change)
  return (value) =>
    Object.fromEntries(Object.entries(value as Json).map(([key, each]) => [key, change(each)]))
}
