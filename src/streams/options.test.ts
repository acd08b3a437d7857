import assert from 'node:assert/strict'
import { test } from 'node:test'
import { portForwardPorts, remoteCommandOptions } from './options.ts'

test('remoteCommandOptions() reads the names of the API and of the kubelet', () => {
  const expected = { stdin: true, stdout: true, stderr: false, tty: true }
  for (const query of [
    'stdin=true&stdout=1&tty=True&stderr=true',
    'input=1&output=1&tty=1&error=0',
  ]) {
    assert.deepEqual(remoteCommandOptions(new URLSearchParams(query)), expected)
  }
})

test('remoteCommandOptions() wants at least one stream', () => {
  for (const query of ['', 'tty=true', 'stdin=false&stdout=nonsense', 'tty=1&stderr=1']) {
    assert.equal(
      remoteCommandOptions(new URLSearchParams(query)),
      'you must specify at least 1 of stdin, stdout, stderr',
    )
  }
})

test('portForwardPorts() reads lists and repetitions', () => {
  assert.deepEqual(portForwardPorts(new URLSearchParams('port=80,443&port=8080')), [80, 443, 8080])
  assert.deepEqual(portForwardPorts(new URLSearchParams('ports=65535')), [65535])
})

test('portForwardPorts() says what is wrong', () => {
  const many = Array.from({ length: 128 }, (_, i) => `port=${i + 1}`).join('&')
  for (const [query, problem] of [
    ['', 'query parameter "port" is required'],
    ['port=80&port=', 'query parameter "port" cannot be empty'],
    ['port=65536', 'unable to parse "65536" as a port'],
    ['port=-1', 'unable to parse "-1" as a port'],
    ['port=80,', 'unable to parse "" as a port'],
    ['port=0', 'port "0" must be > 0'],
    [many, 'at most 127 ports can be forwarded'],
  ] as const) {
    assert.equal(portForwardPorts(new URLSearchParams(query)), problem)
  }
})
