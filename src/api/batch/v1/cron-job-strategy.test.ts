import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decoded, texts } from '../../testing.ts'
import { cronJobStrategy } from './cron-job-strategy.ts'
import { CronJob } from './cron-job.ts'
import { parseCron, type CronFields } from './cron-schedule.ts'

type Json = Record<string, unknown>

function cronJob(spec: Json, job: Json = {}, name = 'backup'): CronJob {
  const pod = { containers: [{ name: 'app', image: 'app:1' }], restartPolicy: 'Never' }
  return cronJobStrategy.applyDefaults!(
    decoded(CronJob, {
      metadata: { name },
      spec: {
        schedule: '*/5 * * * *',
        jobTemplate: { spec: { template: { spec: pod }, ...job } },
        ...spec,
      },
    }),
  )
}

const CASES: readonly (readonly [string, CronJob, readonly string[]])[] = [
  ['nothing', cronJob({ timeZone: 'Europe/Paris' }), []],
  ['no schedule', cronJob({ schedule: '' }), ['spec.schedule: Required value']],
  [
    'too few fields',
    cronJob({ schedule: '* * * *' }),
    ['spec.schedule: Invalid value: "* * * *": expected exactly 5 fields, found 4: [* * * *]'],
  ],
  [
    'a minute that never comes',
    cronJob({ schedule: '60 * * * *' }),
    ['spec.schedule: Invalid value: "60 * * * *": end of range (60) above maximum (59): 60'],
  ],
  [
    'a word',
    cronJob({ schedule: 'x * * * *' }),
    [
      'spec.schedule: Invalid value: "x * * * *": failed to parse int from x: strconv.Atoi: parsing "x": invalid syntax',
    ],
  ],
  [
    'a zone in the schedule',
    cronJob({ schedule: 'TZ=UTC 0 * * * *' }),
    [
      'spec.schedule: Invalid value: "TZ=UTC 0 * * * *": cannot use TZ or CRON_TZ in schedule, use timeZone field instead',
    ],
  ],
  [
    'a zone that is none, and a long name',
    cronJob({ timeZone: 'Moon/Crater' }, {}, 'x'.repeat(53)),
    [
      'spec.timeZone: Invalid value: "Moon/Crater": unknown time zone Moon/Crater',
      `metadata.name: Invalid value: "${'x'.repeat(53)}": must be no more than 52 characters`,
    ],
  ],
  [
    'the zone of the machine',
    cronJob({ timeZone: 'Local' }),
    [
      'spec.timeZone: Invalid value: "Local": timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones',
    ],
  ],
  [
    'a selector',
    cronJob({}, { selector: {}, manualSelector: true }),
    [
      'spec.jobTemplate.spec.selector: Invalid value: {}: `selector` will be auto-generated',
      'spec.jobTemplate.spec.manualSelector: Unsupported value: true: supported values: "nil", "false"',
    ],
  ],
]

for (const [what, object, expected] of CASES) {
  test(`a CronJob with ${what}`, () =>
    assert.deepEqual(texts(cronJobStrategy.validateCreate(object)), expected))
}

test('the Jobs of a CronJob get their defaults when they are made', () => {
  const { spec } = cronJob({}).spec.jobTemplate
  assert.deepEqual(Object.keys(spec), ['template'])
  assert.equal(spec.template.spec.containers[0]!.imagePullPolicy, 'IfNotPresent')
})

test('parseCron() reads lists, ranges, steps and names', () => {
  const fields = parseCron('5/20,1 9-17/4 ? JAN,mar mon-Fri') as CronFields
  assert.deepEqual([...fields.minutes], [5, 25, 45, 1])
  assert.deepEqual([...fields.hours], [9, 13, 17])
  assert.deepEqual([...fields.months], [1, 3])
  assert.deepEqual([...fields.daysOfWeek], [1, 2, 3, 4, 5])
  assert.equal(fields.isAnyDayOfMonth, true)
  assert.equal(fields.isAnyDayOfWeek, false)
  assert.equal((parseCron('0 0 */2 * *') as CronFields).isAnyDayOfMonth, false)
  assert.deepEqual(parseCron('@every 1m30s'), { everyMs: 90_000 })
  assert.deepEqual([...(parseCron('@weekly') as CronFields).daysOfWeek], [0])
})
