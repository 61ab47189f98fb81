import { testExamples } from "../examples.ts";

testExamples("telegram");
