// Behind HEALTHCHECK: asks the service in this container whether it is alive.
const { SERVICE, PORT, HEALTH_PORT } = process.env
const port = SERVICE === 'gateway' ? PORT : HEALTH_PORT
const answer = await fetch(`http://127.0.0.1:${port}/health/live`)
process.exit(answer.ok ? 0 : 1)
