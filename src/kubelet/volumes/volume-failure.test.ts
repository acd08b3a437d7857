import assert from 'node:assert/strict'
import { mkdir, readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { stepFailed } from './volume-failure.ts'

test('stepFailed() says what failed with a file as upstream does', async () => {
  const said = async (work: Promise<unknown>): Promise<string> =>
    stepFailed('MountVolume.SetUp', 'v', await work.catch((error: unknown) => error)).message
  const start = 'MountVolume.SetUp failed for volume "v" :'
  assert.equal(
    await said(readFile('/no/such')),
    `${start} open /no/such: no such file or directory`,
  )
  assert.equal(await said(mkdir('/dev/null/x')), `${start} mkdir /dev/null/x: not a directory`)
  const full = Promise.reject(new Error('ENOSPC: no space left on device, write'))
  assert.equal(await said(full), `${start} write: no space left on device`)
  assert.equal(await said(Promise.reject(new Error('rpc error: x'))), `${start} rpc error: x`)
})
