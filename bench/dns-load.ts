// Asks a DNS server as fast as it answers, and prints how many answers came a second:
//
//     node bench/dns-load.ts PORT NAME SECONDS
import { createSocket } from 'node:dgram'
import { encode } from 'dns-packet'

const IN_FLIGHT = 64

const [port, name, seconds] = process.argv.slice(2) as [string, string, string]
const query = encode({ type: 'query', id: 1, flags: 256, questions: [{ type: 'A', name }] })
const socket = createSocket('udp4')
let answers = 0
const ask = (): void => socket.send(query)
socket.on('message', () => {
  answers += 1
  ask()
})
socket.connect(Number(port), '127.0.0.1', () => {
  for (let i = 0; i < IN_FLIGHT; i++) ask()
  setTimeout(
    () => {
      console.log(answers / Number(seconds))
      socket.close()
    },
    Number(seconds) * 1000,
  )
})
