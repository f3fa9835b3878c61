import type { StartedTestContainer } from 'testcontainers'

interface Image {
  readonly name: string
  readonly port: number
  readonly environment?: Record<string, string>
  readonly command?: string[]
}

/** Starts an image where a container engine answers; null where none does. */
export const startContainer = async (image: Image): Promise<StartedTestContainer | null> => {
  // Loaded here, since it takes longer to load than a local server takes to start.
  const { GenericContainer, getContainerRuntimeClient } = await import('testcontainers')
  try {
    await getContainerRuntimeClient()
  } catch {
    return null
  }
  return new GenericContainer(image.name)
    .withExposedPorts(image.port)
    .withEnvironment(image.environment ?? {})
    .withCommand(image.command ?? [])
    .start()
}
