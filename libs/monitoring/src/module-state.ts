import type { LauncherState } from '@eggybyte/lifecycle';

/** Where an application without a launcher stands, as far as Nest's hooks tell. */
export class ModuleState {
  current: LauncherState = 'starting';
}
