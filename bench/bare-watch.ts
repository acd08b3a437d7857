// A bare node:https server that answers every GET with the same bytes over and over, as fast as they are taken: what a
// client of watches can read at most. Prints its port.
import { readFileSync } from 'node:fs'
import { createServer } from 'node:https'

const [certFile, keyFile, bodyFile] = process.argv.slice(2)
const events = readFileSync(bodyFile!)

const server = createServer(
  { cert: readFileSync(certFile!), key: readFileSync(keyFile!) },
  (_request, response) => {
    const write = (): void => {
      if (!response.write(events)) response.once('drain', write)
      else setImmediate(write)
    }
    response.on('close', () => response.off('drain', write)).on('error', () => undefined)
    response.writeHead(200, { 'content-type': 'application/json' })
    write()
  },
)
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  process.send?.(typeof address === 'object' ? address?.port : undefined)
})
process.once('disconnect', () => process.exit())
