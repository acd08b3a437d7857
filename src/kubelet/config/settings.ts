import { parseDuration } from '../../apimachinery/durations.ts'
import { equal } from '../../apimachinery/equality.ts'
import type { FieldInfo } from '../../schema/field.ts'
import type { MessageClass } from '../../schema/message.ts'
import { KNOWN, KubeletConfiguration } from './kubelet-configuration.ts'

/** One setting of a configuration, at whatever depth. */
export interface Setting {
  readonly path: string
  readonly info: FieldInfo
  readonly value: unknown
}

/** All settings that a configuration has, those of messages in it too. */
export function settingsOf(configuration: KubeletConfiguration): readonly Setting[] {
  return settingsBelow(KubeletConfiguration, configuration, '')
}

function settingsBelow(message: MessageClass, value: object, prefix: string): readonly Setting[] {
  return Object.entries(message.fields).flatMap(([name, { info }]) => {
    const given = (value as Readonly<Record<string, unknown>>)[name]
    if (given === undefined || given === null) return []
    const path = prefix + name
    if (info.type === 'message' && info.shape === 'single')
      return settingsBelow(info.of!(), given, `${path}.`)
    return [{ path, info, value: given }]
  })
}

/** The settings that ask for something which this node agent does not do, by path. */
export function idleSettings(configuration: KubeletConfiguration): readonly string[] {
  return settingsOf(configuration)
    .filter(({ info, value }) => info.doc === KNOWN && !equal(value, info.default))
    .map(({ path }) => path)
}

/** Zero is the same as nothing to durations that are no pointers, so that their defaults hold. */
export function withoutZeroDurations<T extends object>(message: MessageClass, value: T): T {
  const entries = Object.entries(value).flatMap(([name, each]: [string, unknown]) => {
    const info = message.fields[name]?.info
    if (info?.type === 'duration' && info.zero === 'dropped')
      return parseDuration(each as string) === 0 ? [] : [[name, each]]
    if (info?.type === 'message' && info.shape === 'single' && each)
      return [[name, withoutZeroDurations(info.of!(), each)]]
    return [[name, each]]
  })
  return Object.fromEntries(entries) as T
}
