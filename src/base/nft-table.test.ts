import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nftName, NftTable, type NftFragment } from './nft-table.ts'

const elements = (holder: string, ...keys: readonly string[]): NftFragment => ({
  elements: new Map([[holder, new Map(keys.map((key) => [key, '']))]]),
})

test('NftTable keeps an element as long as one part needs it', () => {
  const table = new NftTable('ip t')
  assert.equal(
    table.update(
      new Map([
        ['a', elements('s', '1')],
        ['b', elements('s', '1', '2')],
      ]),
    ),
    'add element ip t s { 1, 2 }\n',
  )
  assert.equal(table.update(new Map([['b', undefined]])), 'delete element ip t s { 2 }\n')
  assert.equal(table.update(new Map([['a', undefined]])), 'delete element ip t s { 1 }\n')
})

test('NftTable makes what is pointed to first, and removes it last', () => {
  const table = new NftTable('ip t')
  const part: NftFragment = {
    sets: new Map([['s', '{ type ipv4_addr; }']]),
    chains: new Map([['c', ['ip saddr @s drop']]]),
    elements: new Map([['m', new Map([['1', 'goto c']])]]),
  }
  assert.equal(
    table.update(new Map([['a', part]])),
    `add set ip t s { type ipv4_addr; }
add chain ip t c
add chain ip t c { ip saddr @s drop; }
add element ip t m { 1 : goto c }
`,
  )
  assert.equal(table.update(new Map([['a', part]])), '')
  assert.equal(
    table.update(new Map([['a', undefined]])),
    `delete element ip t m { 1 }
flush chain ip t c
delete chain ip t c
delete set ip t s
`,
  )
})

test('nftName() tells apart what reads the same', () => {
  assert.notEqual(nftName('a/b'), nftName('a_b'))
  assert.match(nftName(`a/${'b'.repeat(300)}`), /^[0-9a-f]{16}-a_b{58}$/)
})
