import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dottedSysctl, sysctlRefusal, unsafeSysctlProblem } from './sysctls.ts'
import { planned } from './testing.ts'

const asking = (name: string, spec: object = {}) =>
  planned(['m'], { spec: { securityContext: { sysctls: [{ name, value: '1' }] }, ...spec } })

test('sysctlRefusal() takes what is safe, and what the configuration allows', () => {
  for (const name of [
    'net.ipv4.tcp_syncookies',
    'net/ipv4/tcp_syncookies',
    'kernel.shm_rmid_forced',
  ])
    assert.equal(sysctlRefusal(asking(name)), undefined)
  const allowed = ['kernel.msg*', 'net/core/somaxconn']
  for (const name of ['kernel.msgmax', 'net.core.somaxconn'])
    assert.equal(sysctlRefusal(asking(name), allowed), undefined)
  assert.equal(sysctlRefusal(planned(['m'])), undefined)
})

test('sysctlRefusal() refuses the others, and those of namespaces that the Pod has not got', () => {
  const told = (name: string, spec?: object) => sysctlRefusal(asking(name, spec), ['kernel.msg*'])
  assert.deepEqual(told('net.core.somaxconn'), {
    reason: 'SysctlForbidden',
    message: 'Pod was rejected: forbidden sysctl: "net.core.somaxconn" not allowlisted',
  })
  assert.equal(
    told('net.ipv4.tcp_rmem', { hostNetwork: true })?.message,
    'Pod was rejected: forbidden sysctl: "net.ipv4.tcp_rmem" not allowed with host net enabled',
  )
  assert.equal(
    told('kernel/msgmax', { hostIPC: true })?.message,
    'Pod was rejected: forbidden sysctl: "kernel.msgmax" not allowed with host ipc enabled',
  )
})

test('unsafeSysctlProblem() lets nobody allow what all of the machine shares', () => {
  for (const pattern of ['kernel.sem', 'kernel.shm*', 'fs/mqueue/*', 'net.*'])
    assert.equal(unsafeSysctlProblem(pattern), undefined)
  assert.equal(
    unsafeSysctlProblem('vm.swappiness'),
    'the sysctl "vm.swappiness" are not known to be namespaced',
  )
  assert.equal(
    unsafeSysctlProblem('kernel.*'),
    'the sysctls "kernel.*" are not known to be namespaced',
  )
})

test('dottedSysctl() knows by the first separator which of the two parts names', () => {
  assert.equal(dottedSysctl('net/ipv4/conf/eno2.100/rp_filter'), 'net.ipv4.conf.eno2/100.rp_filter')
  assert.equal(dottedSysctl('net.ipv4.conf.eno2/100.rp_filter'), 'net.ipv4.conf.eno2/100.rp_filter')
})
