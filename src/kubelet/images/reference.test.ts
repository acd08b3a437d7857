import assert from 'node:assert/strict'
import { test } from 'node:test'
import { normalizeImage, withDefaultTag } from './reference.ts'

const HEX = '0123456789abcdef'.repeat(4)

test('normalizeImage() completes what is left out', () => {
  for (const [text, full] of [
    ['busybox', 'docker.io/library/busybox:latest'],
    ['busybox:1.36', 'docker.io/library/busybox:1.36'],
    ['index.docker.io/busybox', 'docker.io/library/busybox:latest'],
    ['someone/tool', 'docker.io/someone/tool:latest'],
    ['localhost/tool:1', 'localhost/tool:1'],
    ['localhost:5000/tool', 'localhost:5000/tool:latest'],
    ['registry.k8s.io/a/b/c:v1', 'registry.k8s.io/a/b/c:v1'],
    ['[::1]:5000/tool:1', '[::1]:5000/tool:1'],
    ['Registry/tool', 'Registry/tool:latest'],
    [`busybox@sha256:${HEX}`, `docker.io/library/busybox@sha256:${HEX}`],
    [`busybox:1@sha256:${HEX}`, `docker.io/library/busybox:1@sha256:${HEX}`],
    ['a__b/c-d--e.f_g', 'docker.io/a__b/c-d--e.f_g:latest'],
  ] as const) {
    assert.equal(normalizeImage(text), full)
  }
})

test('normalizeImage() refuses in the words of the reference library', () => {
  for (const [text, words] of [
    ['', 'invalid reference format'],
    ['busybox:', 'invalid reference format'],
    ['busy box', 'invalid reference format'],
    ['a..b', 'invalid reference format'],
    ['https://example.com/x', 'invalid reference format'],
    ['BusyBox', 'invalid reference format: repository name (library/BusyBox) must be lowercase'],
    [HEX, `invalid repository name (${HEX}), cannot specify 64-byte hexadecimal strings`],
    [`busybox@sha1:${HEX}`, 'unsupported digest algorithm'],
    [`busybox@sha256:${HEX}00`, 'invalid checksum digest length'],
    [`x/${'y'.repeat(250)}`, 'repository name must not be more than 255 characters'],
  ] as const) {
    assert.throws(() => normalizeImage(text), {
      name: 'InvalidImageNameError',
      message: `couldn't parse image name ${JSON.stringify(text)}: ${words}`,
    })
  }
})

test('withDefaultTag() leaves short names short', () => {
  assert.equal(withDefaultTag('busybox'), 'busybox:latest')
  assert.equal(withDefaultTag('busybox:1'), 'busybox:1')
  assert.equal(withDefaultTag(`busybox@sha256:${HEX}`), `busybox@sha256:${HEX}`)
})
