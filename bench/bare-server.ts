// A bare node:https server that answers every GET with the same bytes: the baseline for the API server, and the proof
// that the client is not the limit. Prints its port.
import { createServer } from 'node:https'
import { readFileSync } from 'node:fs'

const [certFile, keyFile, bodyFile] = process.argv.slice(2)
const body = readFileSync(bodyFile!)
const headers = { 'content-type': 'application/json', 'content-length': body.length }

const server = createServer(
  { cert: readFileSync(certFile!), key: readFileSync(keyFile!) },
  (_request, response) => {
    response.writeHead(200, headers)
    response.end(body)
  },
)
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  process.send?.(typeof address === 'object' ? address?.port : undefined)
})
process.once('disconnect', () => process.exit())
