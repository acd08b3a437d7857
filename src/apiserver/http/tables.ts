import { dynamicClass } from '../../client/dynamic-class.ts'
import { apiVersionOf, type ResourceClass } from '../../schema/resource.ts'
import { withMetadata, type ApiObject } from '../registry/api-object.ts'
import { withAllDefaults } from '../registry/decode-object.ts'
import { inVersion, type ServedKind } from '../registry/served-kind.ts'
import type { StoredObject } from '../registry/stored-object.ts'
import type { Output } from './negotiate.ts'

export interface ColumnDefinition {
  readonly name: string
  /** OpenAPI's: `string`, `integer`, `date`, … */
  readonly type: string
  readonly format: string
  readonly description: string
  /** 0 is always shown, more only where there is room. */
  readonly priority: number
}

interface TableRow {
  readonly cells: readonly unknown[]
  readonly conditions?: readonly object[]
}

/** How objects of a kind are shown as a table. */
export interface TablePrinter {
  readonly columns: readonly ColumnDefinition[]
  /** `momentMs`: when ages are counted from; the present where absent. */
  row(object: ApiObject, momentMs?: number): TableRow
}

/** Finds how a kind is shown. */
export type TablePrinters = (type: ResourceClass<ApiObject>) => TablePrinter

/** Shows name and age, as upstream does for kinds without columns of their own. */
export const plainTables: TablePrinters = () => ({
  columns: [
    {
      name: 'Name',
      type: 'string',
      format: 'name',
      description: 'Name of the object, unique among those of its kind in the namespace.',
      priority: 0,
    },
    {
      name: 'Created At',
      type: 'date',
      format: '',
      description: 'When the object was created, by the clock of the API server.',
      priority: 0,
    },
  ],
  row: ({ metadata }) => ({ cells: [metadata.name, metadata.creationTimestamp ?? null] }),
})

export interface TableRequest {
  readonly output: Output
  /** `None`, `Metadata` or `Object`: what rows hold beside their cells. */
  readonly includeObject: string | undefined
  readonly printers: TablePrinters
  /** Of when the objects tell, where not of the present. */
  readonly momentMs?: number
}

/** The objects as a Table. */
export function tableOf(
  kind: ServedKind,
  objects: readonly StoredObject[],
  metadata: object,
  request: TableRequest,
  withColumns = true,
): object {
  const served = objects.map((stored) => inVersion(kind, stored).object)
  return tableBy(printerOf(kind, request), served, metadata, request, withColumns)
}

/** A bookmark as a Table: upstream shows an object in which nothing is set. */
export function tableOfBookmark(
  kind: ServedKind,
  bookmark: ApiObject,
  metadata: object,
  request: TableRequest,
  withColumns: boolean,
): object {
  const { output, includeObject, momentMs } = request
  const { object } = kind.schema.decode({ ...bookmark, metadata: {} })
  const empty = withAllDefaults(kind.type, kind.strategy, object as unknown as ApiObject)
  const printer = printerOf(kind, request)
  const row = printer.row(withMetadata(empty, { name: '' }), momentMs)
  return {
    ...tableBy(printer, [], metadata, request, withColumns),
    rows: [{ ...row, object: rowObject(bookmark, output, includeObject) }],
  }
}

function printerOf({ printer, type }: ServedKind, { printers }: TableRequest): TablePrinter {
  return printer ?? printers(type)
}

// A class for looking up how it is shown: a Scale is no resource of its own.
const SCALE = dynamicClass({
  group: 'autoscaling',
  version: 'v1',
  kind: 'Scale',
  plural: 'scales',
  namespaced: true,
}) as ResourceClass<ApiObject>

/** A Scale as a Table. */
export function tableOfScale(scale: ApiObject, request: TableRequest): object {
  const { resourceVersion } = scale.metadata
  return tableBy(request.printers(SCALE), [scale], { resourceVersion }, request, true)
}

function tableBy(
  printer: TablePrinter,
  objects: readonly ApiObject[],
  metadata: object,
  { output, includeObject, momentMs }: TableRequest,
  withColumns: boolean,
): object {
  return {
    kind: 'Table',
    apiVersion: metaVersion(output),
    metadata,
    columnDefinitions: withColumns ? printer.columns : null,
    rows: objects.map((object) => {
      const included = rowObject(object, output, includeObject)
      return { ...printer.row(object, momentMs), object: included }
    }),
  }
}

function rowObject(object: ApiObject, output: Output, include = 'Metadata'): object | null {
  if (include === 'None') return null
  return include === 'Object' ? object : metadataOf(object, output)
}

/** An object reduced to its metadata. */
export function metadataOf({ metadata }: ApiObject, output: Output): object {
  return { kind: 'PartialObjectMetadata', apiVersion: metaVersion(output), metadata }
}

export function metaVersion({ version }: Output): string {
  return apiVersionOf({ group: 'meta.k8s.io', version })
}
