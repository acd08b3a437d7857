import type { HttpExchange } from '../../serving/exchange.ts'
import { utf8 } from '../base/bytes.ts'
import type { Route } from '../http/router.ts'
import type { Occupant } from './fair-queue.ts'
import type { FlowControl } from './flow-control.ts'
import type { FlowRequest, PriorityLevel } from './priority-level.ts'

const PATH = '/debug/api_priority_and_fairness'

/** What flow control is doing, for people: upstream's three tables. */
export function flowDebugRoutes(control: FlowControl): readonly Route[] {
  const route = (name: string, table: (query: URLSearchParams) => readonly Row[]): Route => ({
    path: `${PATH}/${name}`,
    handler: (exchange) => respondTable(exchange, table(new URLSearchParams(exchange.query))),
  })
  return [
    route('dump_priority_levels', () => priorityLevels(control)),
    route('dump_queues', () => queues(control)),
    route('dump_requests', (query) => requests(control, query.has('includeRequestDetails'))),
  ]
}

type Row = readonly (string | number | boolean)[]

function priorityLevels(control: FlowControl): readonly Row[] {
  const header =
    'PriorityLevelName ActiveQueues IsIdle IsQuiescing WaitingRequests ExecutingRequests DispatchedRequests RejectedRequests TimedoutRequests CancelledRequests'
  return [
    header.split(' '),
    ...sortedLevels(control).map((level) => {
      const { name, queueSet, isIdle, isQuiescing, totals } = level
      const { dispatched, rejected, timedOut, cancelled } = totals
      const counts = [queueSet.waiting, queueSet.running, dispatched, rejected, timedOut, cancelled]
      return [name, queueSet.activeQueues, isIdle, isQuiescing, ...counts]
    }),
  ]
}

function queues(control: FlowControl): readonly Row[] {
  const header =
    'PriorityLevelName Index PendingRequests ExecutingRequests SeatsInUse NextDispatchR InitialSeatsSum MaxSeatsSum TotalWorkSum'
  return [
    header.split(' '),
    ...sortedLevels(control).flatMap(({ name, queueSet }) =>
      queueSet.queues.map((queue): Row => {
        const waiting = [...queue.waiting]
        const sum = (of: (occupant: Occupant<FlowRequest>) => number): number =>
          waiting.reduce((total, occupant) => total + of(occupant), 0)
        return [
          name,
          queue.index,
          waiting.length,
          queue.running,
          queue.seatsInUse,
          seatSeconds(queue.nextDispatchR),
          sum(({ request }) => request.estimate.initialSeats),
          sum(({ seats }) => seats),
          seatSeconds(queue.waitingWork),
        ]
      }),
    ),
  ]
}

function requests(control: FlowControl, withDetails: boolean): readonly Row[] {
  const header =
    'PriorityLevelName FlowSchemaName QueueIndex RequestIndexInQueue FlowDistingsher ArriveTime InitialSeats FinalSeats AdditionalLatency StartTime'
  const details = 'UserName Verb APIPath Namespace Name APIVersion Resource SubResource'
  return [
    [...header.split(' '), ...(withDetails ? details.split(' ') : [])],
    ...sortedLevels(control).flatMap((level) => [
      ...[...level.running].map((occupant) => requestRow(level, occupant, -1, withDetails)),
      ...level.queueSet.queues.flatMap((queue) =>
        [...queue.waiting].map((occupant, i) => requestRow(level, occupant, i, withDetails)),
      ),
    ]),
  ]
}

function requestRow(
  { name }: PriorityLevel,
  { request, queue, arrivedAt, startedAt, state }: Occupant<FlowRequest>,
  index: number,
  withDetails: boolean,
): Row {
  const { attributes, schema, distinguisher, arrivedMs, estimate } = request
  const startedMs = arrivedMs + (startedAt - arrivedAt) * 1000
  return [
    name,
    schema,
    queue?.index ?? -1,
    index,
    distinguisher,
    new Date(arrivedMs).toISOString(),
    estimate.initialSeats,
    estimate.finalSeats,
    `${estimate.additionalSeconds * 1000}ms`,
    state === 'waiting' ? '0001-01-01T00:00:00Z' : new Date(startedMs).toISOString(),
    ...(withDetails ? detailsOf(attributes) : []),
  ]
}

function detailsOf(attributes: FlowRequest['attributes']): Row {
  const { user, verb } = attributes
  if (attributes.type === 'nonResource')
    return [user.name, verb, attributes.path, '', '', '', '', '']
  const { group, version, resource, subresource, namespace, name } = attributes
  const root = group === '' ? `/api/${version}` : `/apis/${group}/${version}`
  const scope = namespace === '' ? '' : `/namespaces/${namespace}`
  const parts = [resource, name, subresource].filter((part) => part !== '')
  const path = `${root}${scope}/${parts.join('/')}`
  const apiVersion = group === '' ? version : `${group}/${version}`
  return [user.name, verb, path, namespace, name, apiVersion, resource, subresource]
}

function sortedLevels({ levels }: FlowControl): readonly PriorityLevel[] {
  return [...levels.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1))
}

function seatSeconds(value: number): string {
  return `${value.toFixed(8)}ss`
}

// Columns as wide as their widest cell, each cell with a comma.
function respondTable(exchange: HttpExchange, rows: readonly Row[]): void {
  const cells = rows.map((row) => row.map(String))
  const widths = cells[0]!.map((_, i) => Math.max(...cells.map((row) => row[i]!.length)))
  const lines = cells.map((row) =>
    row
      .map((cell, i) => (i === row.length - 1 ? cell : `${cell},`.padEnd(widths[i]! + 2)))
      .join(''),
  )
  const headers = { 'content-type': 'text/plain; charset=utf-8' }
  exchange.respond(200, headers, utf8(`${lines.join('\n')}\n`))
}
