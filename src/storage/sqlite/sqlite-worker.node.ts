import { flushCompileCache } from 'node:module'
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads'
import { CompactedError, StoreOpenError } from '../store.ts'
import { Database } from './database.node.ts'
import type {
  Answer,
  FromWorker,
  Query,
  ToWorker,
  WorkerOptions,
  WriteMessage,
} from './protocol.ts'
import { buffersOf, giveRows, type Row, unpackRows } from './rows.ts'
import { mayPass, reasonOf } from './sqlite-error.node.ts'

/** The thread that reads and writes the file, so that no sync holds up the event loop of the store's own thread. */

type Question = Extract<ToWorker, { type: 'read' | 'compact' | 'copy' }>

const ROWS_PER_TRANSACTION_MAX = 500 // What one acknowledgement brings must not hold up the store's thread.
const ROWS_PER_MESSAGE_MAX = 2000
const SWEEP_ROWS = 500
const WAL_FRAMES_MAX = 1000

const port = parentPort!
let database: Database
/** Nothing is tried again: nobody knows what the disk holds. */
let failed = false
/** How often writes were refused. */
let epoch = 0
let sweeping: NodeJS.Immediate | undefined

function open(): void {
  try {
    database = new Database(workerData as WorkerOptions)
    load()
    post({ type: 'opened', revision: database.revision })
    port.on('message', receive)
    flushCompileCache() // The thread never ends by itself, and the process may lose the right to write it.
  } catch (error) {
    if (!(error instanceof StoreOpenError)) throw error
    const { problem, why, cause } = error
    post({ type: 'refused', problem, why, cause })
  }
}

function load(): void {
  let rows: Row[] = []
  const send = (): void => {
    const packed = giveRows(rows)
    post({ type: 'loaded', rows: packed }, buffersOf(packed))
    rows = []
  }
  for (const row of database.load()) {
    rows.push(row)
    if (rows.length === ROWS_PER_MESSAGE_MAX) send()
  }
  send()
}

function receive(first: ToWorker): void {
  let message: ToWorker | undefined = first
  while (message) {
    if (message.type === 'close') return close()
    if (message.type === 'write') message = write(message)
    else if (message.type === 'forget') {
      database.forget(message.beforeMs)
      message = next()
    } else {
      if (message.type === 'copy') void copy(message.id, message.file)
      else answer(message.id, answerTo(message))
      message = next()
    }
  }
  keepHouse()
}

function close(): void {
  clearImmediate(sweeping)
  database.close()
  port.close()
}

function next(): ToWorker | undefined {
  return receiveMessageOnPort(port)?.message as ToWorker | undefined
}

/** Writes all that has arrived meanwhile in one transaction. Returns the message behind it, if there is one. */
function write(first: WriteMessage): ToWorker | undefined {
  const rows: Row[] = []
  let supersededBytes = 0
  let message: ToWorker | undefined = first
  while (message?.type === 'write' && rows.length < ROWS_PER_TRANSACTION_MAX) {
    if (message.epoch === epoch) {
      rows.push(...unpackRows(message.rows))
      supersededBytes += message.supersededBytes
    }
    message = next()
  }
  if (rows.length > 0) writeRows(rows, supersededBytes)
  return message
}

function writeRows(rows: readonly Row[], supersededBytes: number): void {
  attempt(
    () => {
      database.write(rows, supersededBytes)
      post({ type: 'committed', revision: database.revision })
    },
    (why, cause) => {
      epoch += 1
      post({ type: 'refused writes', revision: database.revision, why, cause })
    },
  )
}

function answer(id: number, answer: Answer): void {
  const rows = 'rows' in answer ? buffersOf(answer.rows) : []
  const previous = 'previous' in answer ? buffersOf(answer.previous) : []
  post({ type: 'answer', id, answer }, [...rows, ...previous])
}

/** Goes on while writes do. */
async function copy(id: number, file: string): Promise<void> {
  try {
    await database.copyTo(file)
    answer(id, { type: 'done' })
  } catch (cause) {
    answer(id, {
      type: 'error',
      error: new Error(`Cannot copy store: ${reasonOf(cause)}`, { cause }),
    })
  }
}

function answerTo(message: Exclude<Question, { type: 'copy' }>): Answer {
  try {
    switch (message.type) {
      case 'read':
        return read(message.query)
      case 'compact':
        return compact(message.revision)
      default:
        throw new Error(`unknown message ${JSON.stringify(message satisfies never)}`)
    }
  } catch (error) {
    if (error instanceof CompactedError)
      return { type: 'compacted', revision: error.compactedRevision }
    return { type: 'error', error }
  }
}

function compact(revision: number): Answer {
  let answer: Answer = { type: 'done' } // Where nothing can be written any more, the caller knows already.
  attempt(
    () => database.compact(revision),
    (why, cause) => (answer = { type: 'unwritten', why, cause }),
  )
  return answer
}

function read(query: Query): Answer {
  if (query.type === 'events') {
    const { rows, previous, revision } = database.events(query)
    return { type: 'events', rows: giveRows(rows), previous: giveRows(previous), revision }
  }
  if (query.type === 'revision at')
    return { type: 'revision', revision: database.revisionAt(query.timeMs) }
  const { rows, count } = database.read(query)
  return { type: 'rows', rows: giveRows(rows), count }
}

/** What can wait until nothing else does. */
function keepHouse(): void {
  const wasSweeping = sweeping !== undefined
  clearImmediate(sweeping)
  sweeping = undefined
  attempt(
    () => {
      database.checkpoint(WAL_FRAMES_MAX)
      if (database.sweep(SWEEP_ROWS)) sweeping = setImmediate(keepHouse)
      else if (wasSweeping) database.checkpoint(0) // Only now does the file shrink.
    },
    () => undefined, // Nobody is the worse for it, and the next write tries again.
  )
}

/** Does something with the file. `onRefused` is told of what may go well another time; anything else is the end. */
function attempt(action: () => void, onRefused: (why: string, cause: unknown) => void): void {
  if (failed) return
  try {
    action()
  } catch (cause) {
    if (mayPass(cause)) return onRefused(reasonOf(cause), cause)
    failed = true
    post({ type: 'failed', why: reasonOf(cause), cause })
  }
}

function post(message: FromWorker, transfer: ArrayBuffer[] = []): void {
  port.postMessage(message, transfer)
}

open()
