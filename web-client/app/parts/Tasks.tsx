// What Voxfare is doing for the caller: what runs, and what ran last.
import type { Task } from '../../sdk/state.ts'
import { useSession } from '../../sdk/react/useSession.ts'
import { formatMs } from '../text/format.ts'
import { taskName, taskState } from '../text/tasks.ts'
import { Icon, type IconName } from './Icon.tsx'

/** The last few tasks; nothing when there were none. */
export function Tasks() {
  const tasks = useSession((state) => state.tasks)
  if (tasks.length === 0) return null
  return (
    <ul aria-label="Tasks" className="flex flex-col gap-2">
      {tasks.slice(-SHOWN_MAX).map((task) => (
        <TaskLine key={task.id} task={task} />
      ))}
    </ul>
  )
}

function TaskLine({ task }: { readonly task: Task }) {
  const running = task.state === 'started' || task.state === 'pending'
  return (
    <li className="rise text-sm">
      <p className="flex items-center gap-2">
        {running ? null : <Icon name={ICONS[task.state]} className={task.state === 'done' ? 'size-4 text-well' : 'size-4 text-alarm'} />}
        <span className={running ? 'text-ink' : 'text-soft'}>{taskName(task.name)}</span>
        <span className="ml-auto font-mono text-xs text-soft">{task.state === 'started' ? '' : task.state === 'done' && task.ms !== null ? formatMs(task.ms) : taskState(task.state)}</span>
      </p>
      {running ? (
        <div role="progressbar" aria-label={taskName(task.name)} className="mt-1.5 h-1 overflow-hidden rounded-full bg-raised">
          <div className="sweep h-full w-1/3 rounded-full bg-lamp" />
        </div>
      ) : null}
    </li>
  )
}

const ICONS: Readonly<Record<Task['state'], IconName>> = { started: 'done', pending: 'done', done: 'done', failed: 'failed', cancelled: 'failed' }
const SHOWN_MAX = 4
