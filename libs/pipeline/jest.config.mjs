import { project } from '../../jest.preset.mjs'

// BullMQ goes on trying to reach a Redis that is gone for good, which one test is about; a process
// would exit all the same, and so must Jest.
export default project({ forceExit: true })
