import assert from 'node:assert/strict'
import { test } from 'node:test'
import { healthReport, ping, type HealthCheck } from './health.ts'

const etcd: HealthCheck = {
  name: 'etcd',
  check: () => Promise.reject(new Error('connection refused')),
}
const hook: HealthCheck = {
  name: 'poststarthook/rbac/bootstrap-roles',
  check() {
    throw new Error('not finished')
  },
}

test('healthReport() says ok when all is well, and more when asked', async () => {
  const log = { name: 'log', check: () => undefined }
  assert.deepEqual(await healthReport('/livez', '', 'livez', [ping, log]), {
    status: 200,
    text: 'ok',
    failures: [],
  })
  const verbose = await healthReport('/livez', 'verbose', 'livez', [ping, log])
  assert.equal(verbose?.text, '[+]ping ok\n[+]log ok\nlivez check passed\n')
  assert.equal((await healthReport('/healthz', '', 'healthz', []))?.text, 'ok')
})

test('healthReport() names what failed but not why', async () => {
  assert.deepEqual(await healthReport('/readyz', '', 'readyz', [ping, etcd]), {
    status: 500,
    text: '[+]ping ok\n[-]etcd failed: reason withheld\nreadyz check failed\n',
    failures: [{ name: 'etcd', reason: 'connection refused' }],
  })
})

test('healthReport() leaves out what is excluded, and warns of what it does not know', async () => {
  const report = await healthReport(
    '/readyz',
    'verbose&exclude=etcd&exclude=b&exclude=a',
    'readyz',
    [ping, etcd],
  )
  assert.equal(report?.status, 200)
  assert.equal(
    report?.text,
    '[+]ping ok\n[+]etcd excluded: ok\nwarn: some health checks cannot be excluded: no matches for "a","b"\nreadyz check passed\n',
  )
})

test('healthReport() answers for a single check, with the reason', async () => {
  const checks = [ping, hook]
  assert.equal((await healthReport('/readyz/ping', '', 'readyz', checks))?.text, 'ok')
  assert.deepEqual(await healthReport(`/readyz/${hook.name}`, '', 'readyz', checks), {
    status: 500,
    text: 'internal server error: not finished\n',
    failures: [{ name: hook.name, reason: 'not finished' }],
  })
  assert.equal(await healthReport('/readyz/none', '', 'readyz', checks), undefined)
  assert.equal(await healthReport('/readyzz', '', 'readyz', checks), undefined)
})
