import { FlatLight } from "./flat_light.ts";
import { NightSky } from "./night_sky.ts";
import { RandomWalk } from "./random_walk.ts";
import type { Scene, SceneName } from "./scene.ts";

/** The options of a scene. */
export interface SceneSettings {
  scene: SceneName;
  /** u32; the same seed gives the same scene. */
  seed: number;
  /** Speed of the sky of `stars`, relative to the real one. */
  skySpeed: number;
}

/** Makes the scene with this name. */
export function openScene({ scene, seed, skySpeed }: SceneSettings): Scene {
  switch (scene) {
    case "random":
      return { signalOf: (slot) => new RandomWalk(seed, slot) };
    case "stars":
      return new NightSky(seed, skySpeed);
    case "flat":
      return new FlatLight(seed);
  }
}
