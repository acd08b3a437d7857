import { test } from 'node:test'
import { declaredMessages } from './declared.ts'
import { TYPE_EXCEPTIONS } from './exceptions.ts'
import { assertSameLines, factLines, qualified } from './facts.ts'
import { typeLines } from './type-lines.ts'

test('every type has the fields, tags, defaults, enums, list keys and merge keys of Kubernetes 1.36', async () => {
  const messages = await declaredMessages()
  const ours = [...messages.values()].flatMap((message) => qualified(typeLines(message)))
  assertSameLines(ours, qualified(factLines('types.txt')), TYPE_EXCEPTIONS)
})
