import type { FieldInfo } from '../../schema/field.ts'
import type { MessageClass } from '../../schema/message.ts'

/** How strategic merge patch treats what is below a place, as declared. */
export interface PatchShape {
  /** Undefined where nothing is declared of the field: then objects are merged and lists replaced. */
  field(name: string): PatchField | undefined
}

export interface PatchField {
  /** `merge` merges lists, `replace` replaces objects. */
  readonly strategy: string
  /** Identifies the items of a list that is merged; undefined for lists of scalars. */
  readonly mergeKey?: string
  /** What is below the value, or below each item of a list. */
  readonly inner: PatchShape
}

const FREE: PatchShape = { field: () => undefined }

/** The shape of a message. */
export function shapeOf(message: MessageClass): PatchShape {
  return {
    field(name) {
      const info = Object.hasOwn(message.fields, name) ? message.fields[name]!.info : undefined
      return info && patchField(info)
    },
  }
}

function patchField(info: FieldInfo): PatchField {
  const { patchStrategy = '', patchMergeKey } = info
  const strategies = patchStrategy.split(',').filter((each) => each !== 'retainKeys')
  return {
    strategy: strategies[0] ?? '',
    ...(patchMergeKey !== undefined && { mergeKey: patchMergeKey }),
    inner: info.shape === 'map' ? shapeOfMap(info) : shapeOfItem(info),
  }
}

function shapeOfMap(info: FieldInfo): PatchShape {
  const field: PatchField = { strategy: '', inner: shapeOfItem(info) }
  return { field: () => field }
}

function shapeOfItem(info: FieldInfo): PatchShape {
  return info.of ? shapeOf(info.of()) : FREE
}
