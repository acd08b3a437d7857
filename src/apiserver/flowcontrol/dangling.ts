import { timestamp, type Clock } from '../../base/clock.ts'
import { isConflict, isNotFound } from '../../apimachinery/status-predicates.ts'
import { FlowSchema, type FlowSchemaCondition } from '../../api/flowcontrol/v1/flow-schema.ts'
import type { Client } from '../../client/client.ts'

const MANAGER = { fieldManager: 'api-priority-and-fairness-config-consumer-v1' }

/** Says in the status of each schema whether its level exists. */
export function danglingNotes(
  client: Client,
  clock: Clock,
): (schemas: readonly FlowSchema[], levels: ReadonlySet<string>) => Promise<void> {
  /** What has been said of this very version already: it takes a while until one hears of what one wrote. */
  const said = new WeakMap<FlowSchema, string | undefined>()

  const note = async (schema: FlowSchema, condition: FlowSchemaCondition): Promise<void> => {
    said.set(schema, condition.status)
    const others = (schema.status.conditions ?? []).filter(({ type }) => type !== DANGLING)
    const status = { ...schema.status, conditions: [...others, condition] }
    try {
      await client.updateStatus(FlowSchema, { ...schema, status }, MANAGER)
    } catch (error) {
      // Whoever changed it wakes us again.
      if (isConflict(error) || isNotFound(error)) return
      said.delete(schema)
      throw error
    }
  }

  return async (schemas, levels) => {
    const notes = schemas.flatMap((schema) => {
      const condition = danglingCondition(schema, levels, clock)
      const isNews = condition && said.get(schema) !== condition.status
      return isNews ? [note(schema, condition)] : []
    })
    await Promise.all(notes)
  }
}

const DANGLING = 'Dangling'

/** The condition as it should be; undefined where it is so already. */
function danglingCondition(
  { spec, status }: FlowSchema,
  levels: ReadonlySet<string>,
  clock: Clock,
): FlowSchemaCondition | undefined {
  const { name } = spec.priorityLevelConfiguration
  const exists = levels.has(name)
  const about = `This FlowSchema references the PriorityLevelConfiguration object named ${JSON.stringify(name)}`
  const wanted = {
    type: DANGLING,
    status: exists ? 'False' : 'True',
    reason: exists ? 'Found' : 'NotFound',
    message: exists ? `${about} and it exists` : `${about} but there is no such object`,
  }
  const current = status.conditions?.find(({ type }) => type === DANGLING)
  const isSame = current?.status === wanted.status && current.message === wanted.message
  if (isSame) return undefined
  const changed = current?.status !== wanted.status
  const lastTransitionTime = changed ? timestamp(clock) : current.lastTransitionTime
  return { ...wanted, ...(lastTransitionTime !== undefined && { lastTransitionTime }) }
}
