import type { Clock } from '../../base/clock.ts'
import { convert } from '../../api/conversion.ts'
import { storageClassOf } from '../../api/resources.ts'
import type { ResourceClass } from '../../schema/resource.ts'
import { plainTables, type TablePrinter, type TablePrinters } from '../http/tables.ts'
import type { ApiObject } from '../registry/api-object.ts'
import { ADMISSION_TABLES } from './admission.ts'
import { AUTOSCALING_TABLES } from './autoscaling.ts'
import { BATCH_TABLES } from './batch.ts'
import { CERTIFICATE_TABLES } from './certificates.ts'
import { CORE_TABLES } from './core.ts'
import { eventTable } from './event.ts'
import { FLOWCONTROL_TABLES } from './flowcontrol.ts'
import { NETWORKING_TABLES } from './networking.ts'
import { NODE_TABLES } from './node.ts'
import { OTHER_TABLES } from './others.ts'
import { podTable } from './pod.ts'
import { RBAC_TABLES } from './rbac.ts'
import { RESOURCE_TABLES } from './resource.ts'
import { SERVICE_TABLES } from './service.ts'
import { STORAGE_TABLES } from './storage.ts'
import { agesAt, type KindTable, type TableEntry } from './table.ts'
import { WORKLOAD_TABLES } from './workloads.ts'

const TABLES: readonly TableEntry[] = [
  podTable,
  ...WORKLOAD_TABLES,
  ...SERVICE_TABLES,
  ...NODE_TABLES,
  ...CORE_TABLES,
  eventTable,
  ...BATCH_TABLES,
  ...RBAC_TABLES,
  ...STORAGE_TABLES,
  ...NETWORKING_TABLES,
  ...AUTOSCALING_TABLES,
  ...ADMISSION_TABLES,
  ...FLOWCONTROL_TABLES,
  ...CERTIFICATE_TABLES,
  ...RESOURCE_TABLES,
  ...OTHER_TABLES,
]

/** Shows every kind as upstream does (k8s.io/kubernetes/pkg/printers/internalversion); ages are those of the clock. */
export function tablePrinters(clock: Clock): TablePrinters {
  const tables = new Map(TABLES)
  const made = new Map<ResourceClass<ApiObject>, TablePrinter>()
  return (type) => {
    const known = made.get(type)
    if (known) return known
    const stored = storageClassOf(type) as ResourceClass<ApiObject>
    const { group, kind } = stored.resource
    const table = tables.get(`${group}/${kind}`) as KindTable<ApiObject> | undefined
    const printer = table ? printerOf(table, clock, type, stored) : plainTables(type)
    made.set(type, printer)
    return printer
  }
}

/** Kinds of several versions are shown as they are stored. */
function printerOf(
  { columns, cells, conditions }: KindTable<ApiObject>,
  clock: Clock,
  type: ResourceClass<ApiObject>,
  stored: ResourceClass<ApiObject>,
): TablePrinter {
  return {
    columns,
    row: (served, momentMs = clock.now()) => {
      const object = convert(served, type, stored)
      const told = conditions?.(object) ?? []
      return {
        cells: cells(object, agesAt(momentMs)),
        ...(told.length > 0 && { conditions: told }),
      }
    },
  }
}
