/** What a request is thought to cost, in seats: how many ordinary requests it weighs as much as. */
export interface WorkEstimate {
  /** While it is worked on. */
  readonly initialSeats: number
  /** After its answer, while watches are told. */
  readonly finalSeats: number
  /** How long the final seats stay taken. */
  readonly additionalSeconds: number
}

/** What is known of a request before it is worked on. */
export interface WorkFacts {
  readonly verb: string
  /** Whether it begins with all objects that are there: a list, or a watch that does not resume. */
  readonly readsAll: boolean
  /** How many objects of the resource are stored, where that is known. */
  readonly objects: number | undefined
  /** The page that is asked for. */
  readonly limit: number
  readonly isSelective: boolean
  /** How many watches would be told of a change. */
  readonly watches: number
}

/** A request for one object. */
export const ONE_OBJECT: WorkFacts = {
  verb: 'get',
  readsAll: false,
  objects: undefined,
  limit: 0,
  isSelective: false,
  watches: 0,
}

/** No request takes more, however large it is. */
export const SEATS_MAX = 10
const OBJECTS_PER_SEAT = 100
const WATCHES_PER_SEAT = 10
const SECONDS_PER_EVENT = 0.005

export const ONE_SEAT: WorkEstimate = { initialSeats: 1, finalSeats: 0, additionalSeconds: 0 }

const MUTATING = new Set(['create', 'update', 'patch', 'delete', 'deletecollection'])

/**
 * Long lists weigh more, and so do writes that many watches hear of. `seatsMax` is what the request's priority level
 * allows (KEP-1040, "Width of the request").
 */
export function estimateWork(facts: WorkFacts, seatsMax: number): WorkEstimate {
  if (facts.readsAll) return estimateList(facts, seatsMax)
  return MUTATING.has(facts.verb) ? estimateWrite(facts, seatsMax) : ONE_SEAT
}

function estimateList(
  { objects = 0, limit, isSelective }: WorkFacts,
  seatsMax: number,
): WorkEstimate {
  // A page that selects looks at objects that it does not answer with.
  const looked = limit > 0 ? (isSelective ? objects : Math.min(limit, objects)) : objects
  const seats = Math.min(Math.max(1, Math.ceil(looked / OBJECTS_PER_SEAT)), seatsMax)
  return seats === 1 ? ONE_SEAT : { initialSeats: seats, finalSeats: 0, additionalSeconds: 0 }
}

function estimateWrite({ watches }: WorkFacts, seatsMax: number): WorkEstimate {
  if (watches < WATCHES_PER_SEAT) return ONE_SEAT
  const wanted = Math.ceil(watches / WATCHES_PER_SEAT)
  const finalSeats = Math.min(wanted, seatsMax)
  // The same work on fewer seats takes longer.
  const additionalSeconds = (wanted * SECONDS_PER_EVENT) / finalSeats
  return { initialSeats: 1, finalSeats, additionalSeconds }
}

/** The seats that a request holds from its start until the last watch has been told. */
export function maxSeats({ initialSeats, finalSeats }: WorkEstimate): number {
  return Math.max(initialSeats, finalSeats)
}
