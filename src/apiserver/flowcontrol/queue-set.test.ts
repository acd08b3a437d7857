import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import type { Occupant, QueuedRequest } from './fair-queue.ts'
import { QueueSet, type QueueSettings } from './queue-set.ts'
import { flowHash } from './shuffle-sharding.ts'
import { ONE_SEAT, type WorkEstimate } from './work-estimate.ts'

interface TestRequest extends QueuedRequest {
  readonly flow: string
  readonly seconds: number
}

/** Plays requests against a set of queues on a clock of its own. */
class Play {
  now = 0
  readonly set: QueueSet<TestRequest>
  readonly waits = new Map<string, number[]>()
  rejected = 0
  readonly onEnd: (request: TestRequest) => void
  limit: number
  #ends: { readonly at: number; readonly act: () => void }[] = []

  constructor(settings: QueueSettings, seats: number, onEnd: Play['onEnd'] = () => undefined) {
    this.set = new QueueSet<TestRequest>(settings, seats, 0, (occupant) => this.#started(occupant))
    this.onEnd = onEnd
    this.limit = seats
  }

  come(flow: string, seconds: number, estimate: WorkEstimate = ONE_SEAT): void {
    const request = { flow, seconds, estimate, hash: flowHash('schema', flow) }
    const arrival = this.set.arrive(request, this.now)
    if (arrival.type === 'rejected') this.rejected += 1
    // With queues, the set has told of it already.
    else if (!arrival.occupant.queue) this.#started(arrival.occupant)
  }

  /** Goes on until nothing runs, or until a time. */
  run(until = Infinity): void {
    for (;;) {
      let next = this.#ends[0]
      for (const end of this.#ends) if (end.at < next!.at) next = end
      if (!next || next.at > until) return
      this.#ends.splice(this.#ends.indexOf(next), 1)
      this.now = next.at
      next.act()
    }
  }

  #started(occupant: Occupant<TestRequest>): void {
    const { request, arrivedAt, seats } = occupant
    const { seatsInUse } = this.set
    assert.ok(seatsInUse <= this.limit || seatsInUse === seats, 'seats are overbooked')
    const waits = this.waits.getOrInsertComputed(request.flow, () => [])
    waits.push(this.now - arrivedAt)
    this.#at(this.now + request.seconds, () => {
      this.set.finish(occupant, this.now)
      const { additionalSeconds } = request.estimate
      if (additionalSeconds > 0) {
        this.#at(this.now + additionalSeconds, () => this.set.release(occupant, this.now))
      }
      this.onEnd(request)
    })
  }

  #at(at: number, act: () => void): void {
    this.#ends.push({ at, act })
  }
}

const FAIR: QueueSettings = { queues: 64, handSize: 6, queueLengthMax: 1000 }

test('QueueSet lets a mouse pass an elephant that fills its own queues', () => {
  const play = new Play(FAIR, 2, ({ flow }) => {
    if (flow === 'mouse' && play.waits.get('mouse')!.length < 20) play.come('mouse', 0.1)
  })
  for (let i = 0; i < 600; i++) play.come('elephant', 0.1)
  play.come('mouse', 0.1)
  play.run()
  const waits = play.waits.get('mouse')!
  assert.equal(waits.length, 20)
  // Never longer than what was running when it came, with the turn of each of the elephant's six queues.
  assert.ok(Math.max(...waits) <= 0.4, String(waits))
  assert.ok(play.waits.get('elephant')!.at(-1)! > 20)
})

test('QueueSet: no elephants starve any mice, whatever they weigh and however long they take', () => {
  const elephants = fc.array(
    fc.record({
      requests: fc.integer({ min: 50, max: 120 }),
      milliseconds: fc.integer({ min: 1, max: 500 }),
      seats: fc.integer({ min: 1, max: 4 }),
    }),
    { minLength: 1, maxLength: 4 },
  )
  fc.assert(
    fc.property(elephants, fc.integer({ min: 4, max: 20 }), (herd, seats) => {
      const play = new Play({ ...FAIR, queues: 512 }, seats, ({ flow }) => {
        if (flow === 'mouse' && play.waits.get('mouse')!.length < 10) play.come('mouse', 0.001)
      })
      herd.forEach(({ requests, milliseconds, seats: wide }, i) => {
        const estimate = { ...ONE_SEAT, initialSeats: wide }
        for (let n = 0; n < requests; n++) play.come(`elephant-${i}`, milliseconds / 1000, estimate)
      })
      play.come('mouse', 0.001)
      play.run()
      const slowest = Math.max(...herd.map(({ milliseconds }) => milliseconds / 1000))
      // Each of the elephants' queues has its turn before the mouse, or two quick ones; however much they hold.
      const turns = 2 * (herd.length * 6 + 1)
      const longest = Math.max(...play.waits.get('mouse')!)
      assert.ok(longest <= turns * slowest, `${longest} > ${turns} * ${slowest}`)
    }),
    { numRuns: 60 },
  )
})

test('QueueSet gives flows that always want more the same service, in seats and time', () => {
  const served = new Map<string, number>()
  const play = new Play(
    { ...FAIR, queues: 4096, handSize: 1 },
    8,
    ({ flow, seconds, estimate }) => {
      const work = seconds * estimate.initialSeats
      served.set(flow, (served.get(flow) ?? 0) + work)
      play.come(flow, seconds, estimate)
    },
  )
  const estimate = (initialSeats: number): WorkEstimate => ({ ...ONE_SEAT, initialSeats })
  for (let i = 0; i < 20; i++) {
    play.come('short', 0.01, estimate(1))
    play.come('long', 0.2, estimate(1))
    play.come('wide', 0.05, estimate(4))
  }
  play.run(60)
  const [least, most] = [Math.min(...served.values()), Math.max(...served.values())]
  assert.equal(served.size, 3)
  assert.ok(most / least < 1.2, JSON.stringify([...served]))
})

type Step =
  | { readonly type: 'come'; readonly flow: number; readonly seats: number; readonly ms: number }
  | { readonly type: 'pass'; readonly ms: number }
  | { readonly type: 'limit'; readonly seats: number }
  | { readonly type: 'queues'; readonly queues: number }

const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.oneof(
    fc.record({
      type: fc.constant('come' as const),
      flow: fc.nat(5),
      seats: fc.integer({ min: 1, max: 6 }),
      ms: fc.nat(50),
    }),
    fc.record({ type: fc.constant('pass' as const), ms: fc.nat(40) }),
    fc.record({ type: fc.constant('limit' as const), seats: fc.integer({ min: 1, max: 8 }) }),
    fc.record({ type: fc.constant('queues' as const), queues: fc.integer({ min: 2, max: 12 }) }),
  ),
  { maxLength: 80 },
)

test('QueueSet loses no request, overbooks no seat and keeps none free that could be taken', () => {
  fc.assert(
    fc.property(steps, (script) => {
      const settings = { queues: 8, handSize: 2, queueLengthMax: 20 }
      const play = new Play(settings, 4)
      let came = 0
      for (const step of script) {
        if (step.type === 'come') {
          came += 1
          const estimate = { initialSeats: step.seats, finalSeats: 0, additionalSeconds: 0 }
          play.come(`flow-${step.flow}`, step.ms / 1000, estimate)
        } else if (step.type === 'pass') {
          const until = play.now + step.ms / 1000
          play.run(until)
          play.now = until
        } else if (step.type === 'limit') {
          play.limit = step.seats
          play.set.setLimit(step.seats, play.now)
        } else play.set.configure({ ...settings, queues: step.queues }, play.now)
        const { waiting, running } = play.set
        assert.ok(waiting === 0 || running > 0, 'something waits while nothing runs')
      }
      play.run()
      const started = [...play.waits.values()].reduce((sum, waits) => sum + waits.length, 0)
      assert.equal(started + play.rejected, came)
      assert.equal(play.set.seatsInUse, 0)
      assert.equal(play.set.seatDemand, 0)
      assert.equal(play.set.activeQueues, 0)
    }),
  )
})

test('QueueSet without queues turns away what finds no seat', () => {
  const play = new Play({ queues: 0, handSize: 1, queueLengthMax: 0 }, 2)
  for (let i = 0; i < 3; i++) play.come('a', 1)
  assert.equal(play.rejected, 1)
  play.run()
  play.come('a', 1)
  assert.equal(play.rejected, 1)
})

test('QueueSet turns away what finds its queue full, and lets go who gives up', () => {
  const set = new QueueSet<QueuedRequest>(
    { queues: 1, handSize: 1, queueLengthMax: 1 },
    1,
    0,
    () => undefined,
  )
  const come = (): ReturnType<typeof set.arrive> => set.arrive({ hash: 1, estimate: ONE_SEAT }, 0)
  const first = come()
  const second = come()
  assert.deepEqual([first.type, second.type], ['running', 'waiting'])
  assert.deepEqual(come(), { type: 'rejected', reason: 'queue-full' })
  assert.ok(second.type !== 'rejected' && set.giveUp(second.occupant, 1))
  assert.equal(set.waiting, 0)
  assert.equal(come().type, 'waiting')
})
